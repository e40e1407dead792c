#include "queue/redis_rate_limiter.h"

#include <fmt/format.h>

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
                                   RedisRateLimiterHooks hooks)
    : client_(Impatient(settings)), own_(clock), hooks_(std::move(hooks)) {}

auth::Grant RedisRateLimiter::Take(const std::string& bucket, int64_t per_minute) {
  try {
    const auth::Grant grant = TakeShared(bucket, per_minute);
    NoteShared(true, "all servers share their rate limits again");
    return grant;
  } catch (const Error& error) {
    NoteShared(false, fmt::format("this server limits rates by itself: {}", error.what()));
    if (hooks_.on_own_bucket) hooks_.on_own_bucket();
    return own_.Take(bucket, per_minute);
  }
}

auth::Grant RedisRateLimiter::TakeShared(const std::string& bucket, int64_t per_minute) {
  const int64_t token_us = std::max<int64_t>(1, auth::kBucketUs / per_minute);
  const RedisReply reply =
      client_.Call({"EVAL", kScript, "1", client_.settings().prefix + ":rate:" + bucket,
                    std::to_string(token_us), std::to_string(auth::kBucketUs)});
  if (reply.items.size() != 2) {
    throw Error(ErrorCode::kUnavailable, "Redis: no answer of the rate limiter");
  }
  return auth::MakeGrant(reply.items[0].number == 1, reply.items[1].number, per_minute);
}

void RedisRateLimiter::NoteShared(bool is_shared, const std::string& message) {
  if (is_shared_.exchange(is_shared) == is_shared) return;  // else a line for each request
  if (hooks_.on_change) hooks_.on_change(message);
}

}  // namespace stemscribe::queue
