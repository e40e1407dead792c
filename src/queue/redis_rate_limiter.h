// Rate limits that many processes share.
#pragma once

#include <functional>
#include <string>

#include "auth/rate_limiter.h"
#include "queue/redis_client.h"

namespace stemscribe::queue {

/// Thread-safe. One script takes a token at the server, by the server's clock. While Redis is away,
/// each process limits by itself.
class RedisRateLimiter final : public auth::RateLimiter {
 public:
  /// The clock outlives it. `on_error` may be empty.
  RedisRateLimiter(const RedisSettings& settings, const jobs::Clock& clock,
                   std::function<void(const std::string&)> on_error = {});

  auth::Grant Take(const std::string& bucket, int64_t per_minute) override;

 private:
  RedisClient client_;
  auth::MemoryRateLimiter own_;
  const std::function<void(const std::string&)> on_error_;
};

}  // namespace stemscribe::queue
