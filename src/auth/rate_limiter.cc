#include "auth/rate_limiter.h"

#include <algorithm>
#include <chrono>

namespace stemscribe::auth {
namespace {

int64_t CeilSec(int64_t us) { return std::max<int64_t>(0, (us + 999'999) / 1'000'000); }

}  // namespace

Grant MakeGrant(bool is_granted, int64_t ahead_us, int64_t per_minute) {
  const int64_t token_us = std::max<int64_t>(1, kBucketUs / per_minute);
  return {.is_granted = is_granted,
          .num_left = std::max<int64_t>(0, (kBucketUs - ahead_us) / token_us),
          .full_sec = CeilSec(ahead_us),
          .wait_sec = CeilSec(ahead_us + token_us - kBucketUs)};
}

Grant MemoryRateLimiter::Take(const std::string& bucket, int64_t per_minute) {
  const int64_t token_us = std::max<int64_t>(1, kBucketUs / per_minute);
  const int64_t now_us = std::chrono::microseconds(clock_.Now().time_since_epoch()).count();
  std::lock_guard lock(mutex_);
  if (full_at_us_.size() >= max_buckets_ && !full_at_us_.contains(bucket)) MakeRoom(now_us);
  int64_t& full_at_us = full_at_us_[bucket];
  // A clock that was set back does not make anybody wait for longer than a minute.
  const int64_t ahead_us = std::clamp<int64_t>(full_at_us - now_us, 0, kBucketUs);
  const bool is_granted = ahead_us + token_us <= kBucketUs;
  full_at_us = now_us + ahead_us + (is_granted ? token_us : 0);
  return MakeGrant(is_granted, full_at_us - now_us, per_minute);
}

void MemoryRateLimiter::MakeRoom(int64_t now_us) {
  std::erase_if(full_at_us_, [&](const auto& entry) { return entry.second <= now_us; });
  // So many at once are an attack from many addresses; half of them start anew, so that this is not
  // done for each request.
  size_t index = 0;
  if (full_at_us_.size() < max_buckets_) return;
  std::erase_if(full_at_us_, [&](const auto&) { return index++ % 2 == 0; });
}

size_t MemoryRateLimiter::num_buckets() const {
  std::lock_guard lock(mutex_);
  return full_at_us_.size();
}

}  // namespace stemscribe::auth
