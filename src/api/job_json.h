// A job as the API shows it.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "jobs/job.h"
#include "jobs/job_repository.h"

namespace stemscribe::api {

/// The schema `Job` of the contract. `queue_position`: of a queued job, if known.
boost::json::object JobToJson(const jobs::Job& job, std::optional<int64_t> queue_position);

/// With its place in the queue, which is asked for. Blocks.
boost::json::object JobToJson(const jobs::Job& job, jobs::JobRepository& repository);

}  // namespace stemscribe::api
