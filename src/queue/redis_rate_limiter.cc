#include "queue/redis_rate_limiter.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"

namespace stemscribe::queue {
namespace {

/// As auth::MemoryRateLimiter does it: the key holds when the bucket is full, and goes then.
constexpr char kScript[] = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local token, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local ahead = (tonumber(redis.call('GET', KEYS[1])) or now) - now
ahead = math.max(0, math.min(ahead, most))
if ahead + token > most then return {0, ahead} end
ahead = ahead + token
redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000))
return {1, ahead}
)lua";

/// A request waits for it: rather a limit that is less exact.
RedisSettings Impatient(RedisSettings settings) {
  settings.timeout = std::min(settings.timeout, jobs::Milliseconds(500));
  return settings;
}

}  // namespace

RedisRateLimiter::RedisRateLimiter(const RedisSettings& settings, const jobs::Clock& clock,
                                   std::function<void(const std::string&)> on_error)
    : client_(Impatient(settings)), own_(clock), on_error_(std::move(on_error)) {}

auth::Grant RedisRateLimiter::Take(const std::string& bucket, int64_t per_minute) {
  const int64_t token_us = std::max<int64_t>(1, auth::kBucketUs / per_minute);
  try {
    const RedisReply reply =
        client_.Call({"EVAL", kScript, "1", client_.settings().prefix + ":rate:" + bucket,
                      std::to_string(token_us), std::to_string(auth::kBucketUs)});
    if (reply.items.size() == 2) {
      return auth::MakeGrant(reply.items[0].number == 1, reply.items[1].number, per_minute);
    }
    throw Error(ErrorCode::kUnavailable, "Redis: no answer of the rate limiter");
  } catch (const Error& error) {
    if (on_error_) on_error_(error.what());
    return own_.Take(bucket, per_minute);
  }
}

}  // namespace stemscribe::queue
