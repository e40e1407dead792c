// The announcements that there is work. They are hints: the repository alone says what is queued,
// so a lost or doubled announcement does no harm beyond a delay. Implementations: queue/.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "jobs/clock.h"

namespace stemscribe::jobs {

struct Announcement {
  std::string job_id{};
  std::string receipt{};  // the implementation's own, for Done
};

/// Thread-safe.
class JobQueue {
 public:
  virtual ~JobQueue() = default;

  /// Says that this job was queued. Call after the commit. Does not throw if the queue is away: the
  /// reconciler will say it again.
  virtual void Announce(const std::string& job_id) = 0;

  /// Waits for an announcement; nullopt after `timeout` or when stopped.
  virtual std::optional<Announcement> Wait(Milliseconds timeout, const std::stop_token& stop) = 0;

  /// The work that was claimed for this announcement is committed, or there was none.
  virtual void Done(const Announcement& announcement) = 0;

  /// Throws Error{kUnavailable} unless it can be used.
  virtual void CheckHealth() = 0;
};

}  // namespace stemscribe::jobs
