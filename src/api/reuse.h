// A song that was transcribed before is not transcribed again.
#pragma once

#include <optional>

#include "api/context.h"
#include "http/request.h"
#include "jobs/job.h"

namespace stemscribe::api {

/// The finished job of the same owner that is the answer to `job`, too: the same song, options and
/// version of the program, and its name, if it wants one; unless it expires soon. Who wants a
/// callback wants a job that ends.
std::optional<jobs::Job> FindSame(ApiContext& context, const jobs::NewJob& job);

/// Whether the answer may be an earlier job's: `?reuse`, and else REUSE_RESULTS. Throws
/// Error{kInvalidArgument} if the query is wrong.
bool MayReuse(const ApiContext& context, const http::Request& request);

}  // namespace stemscribe::api
