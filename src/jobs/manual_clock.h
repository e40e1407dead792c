// A clock that tests set by hand.
#pragma once

#include <atomic>
#include <cstdint>

#include "jobs/clock.h"

namespace stemscribe::jobs {

/// Thread-safe.
class ManualClock final : public Clock {
 public:
  TimePoint Now() const override { return TimePoint(Milliseconds(now_ms_)); }
  void Advance(Milliseconds time) { now_ms_ += time.count(); }

 private:
  std::atomic<int64_t> now_ms_{1'769'853'600'000};  // 2026-01-31T10:00:00Z
};

}  // namespace stemscribe::jobs
