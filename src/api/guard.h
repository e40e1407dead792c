// Who may call which route, and how often.
#pragma once

#include <string_view>

#include "api/context.h"
#include "http/request.h"
#include "http/router.h"
#include "jobs/job.h"

namespace stemscribe::api {

/// The handler behind a check of the caller's key: what is not in the list of public routes needs
/// one, and the operator's routes need an admin's; keys and addresses have limits.
http::Handler Guarded(ApiContext& context, std::string_view pattern, http::Handler handler);

/// The key of a request, out of X-API-Key or Authorization: Bearer.
std::optional<std::string> TokenOf(const http::Request& request);

/// The job of the path's {job_id}, if the caller may see it. Throws Error{kJobNotFound} otherwise:
/// whether others have a job of this id is not the caller's business.
jobs::Job FindJob(jobs::JobRepository& repository, const http::Request& request);

}  // namespace stemscribe::api
