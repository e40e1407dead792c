// A job as the API shows it.
#pragma once

#include <boost/json/object.hpp>
#include <optional>

#include "api/context.h"
#include "jobs/job.h"

namespace stemscribe::api {

/// The schema `Job` of the contract, with the place of a queued job, which is asked for. Blocks.
boost::json::object JobToJson(const jobs::Job& job, ApiContext& context);

/// When retention deletes the job; nothing before its end, or if jobs are kept for ever.
std::optional<jobs::TimePoint> ExpiryOf(const jobs::Job& job, const ApiContext& context);

}  // namespace stemscribe::api
