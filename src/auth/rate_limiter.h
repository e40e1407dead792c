// How many requests somebody may make: token buckets, each of which is full after a minute's rest.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "jobs/clock.h"

namespace stemscribe::auth {

/// What came of asking for a token.
struct Grant {
  bool is_granted = true;
  int64_t num_left = 0;  // tokens in the bucket now
  int64_t full_sec = 0;  // until it is full again
  int64_t wait_sec = 0;  // until there is a token; 0 if there is one
};

/// A bucket is one number: how far the time at which it is full lies ahead. A token moves it by
/// 1/per_minute of a minute; beyond a minute there is none. (This is the generic cell rate
/// algorithm of ATM networks.)
constexpr int64_t kBucketUs = 60'000'000;

/// The grant of a bucket that is full in `ahead_us`, a token taken if `is_granted`.
Grant MakeGrant(bool is_granted, int64_t ahead_us, int64_t per_minute);

/// Thread-safe. Implementations: here, and in queue/ for many processes.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;

  /// Takes a token out of the bucket of this name, which holds and gains `per_minute` (> 0) tokens.
  /// May block. Does not throw: where the limits cannot be known, others hold.
  virtual Grant Take(const std::string& bucket, int64_t per_minute) = 0;
};

class MemoryRateLimiter final : public RateLimiter {
 public:
  /// Holds `max_buckets` at most: the full ones are forgotten first. The clock outlives it.
  explicit MemoryRateLimiter(const jobs::Clock& clock, size_t max_buckets = 100'000)
      : clock_(clock), max_buckets_(max_buckets) {}

  Grant Take(const std::string& bucket, int64_t per_minute) override;

  size_t num_buckets() const;

 private:
  void MakeRoom(int64_t now_us);

  const jobs::Clock& clock_;
  const size_t max_buckets_;
  mutable std::mutex mutex_;  // guards full_at_us_
  std::unordered_map<std::string, int64_t> full_at_us_;
};

}  // namespace stemscribe::auth
