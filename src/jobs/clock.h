// Wall-clock time of the job service: UTC, in milliseconds, and injectable for tests.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace stemscribe::jobs {

using Milliseconds = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Milliseconds>;

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint Now() const override;
};

/// RFC 3339 in UTC, as the API shows it: "2026-01-31T10:00:00.000Z".
std::string FormatUtc(TimePoint time);

/// The time that RFC 3339 text names (any offset, any fraction; finer than ms is cut); nullopt if
/// it is no such text.
std::optional<TimePoint> ParseUtc(std::string_view text);

}  // namespace stemscribe::jobs
