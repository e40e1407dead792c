// Rate limits that many processes share.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "auth/rate_limiter.h"
#include "queue/redis_client.h"

namespace stemscribe::queue {

/// Called from any thread; all may be empty.
struct RedisRateLimiterHooks {
  /// Redis stopped answering, or answers again: once each time.
  std::function<void(const std::string& message)> on_change{};
  /// A token was taken of this process's own buckets.
  std::function<void()> on_own_bucket{};
};

/// Thread-safe. One script takes a token at the server, by the server's clock. While Redis is away,
/// each process limits by itself.
class RedisRateLimiter final : public auth::RateLimiter {
 public:
  /// The clock outlives it.
  RedisRateLimiter(const RedisSettings& settings, const jobs::Clock& clock,
                   RedisRateLimiterHooks hooks = {});

  auth::Grant Take(const std::string& bucket, int64_t per_minute) override;

 private:
  auth::Grant TakeShared(const std::string& bucket, int64_t per_minute);
  void NoteShared(bool is_shared, const std::string& message);

  RedisClient client_;
  auth::MemoryRateLimiter own_;
  const RedisRateLimiterHooks hooks_;
  std::atomic<bool> is_shared_{true};
};

}  // namespace stemscribe::queue
