#include "api/reuse.h"

#include <algorithm>

#include "api/job_json.h"

namespace stemscribe::api {

namespace {

/// Within a tenth of the retention: who sends the song now would look for it in vain.
bool ExpiresSoon(const ApiContext& context, const jobs::Job& job) {
  const auto expiry = ExpiryOf(job, context);
  return expiry && *expiry - context.clock.Now() < context.settings.retention / 10;
}

}  // namespace

std::optional<jobs::Job> FindSame(ApiContext& context, const jobs::NewJob& job) {
  constexpr int kMostLookedAt = 20;
  if (!job.callback_url.empty()) return std::nullopt;
  const auto done = context.repository.CompletedOf(job.owner, job.content_sha256, kMostLookedAt);
  const auto same = std::find_if(done.begin(), done.end(), [&](const jobs::Job& earlier) {
    return !ExpiresSoon(context, earlier) && earlier.program_version == job.program_version &&
           earlier.options == job.options && (job.name.empty() || job.name == earlier.name);
  });
  return same == done.end() ? std::nullopt : std::optional(*same);
}

bool MayReuse(const ApiContext& context, const http::Request& request) {
  return request.query().GetBool("reuse").value_or(context.settings.reuse_results);
}

}  // namespace stemscribe::api
