// The announcements that there is work. They are hints: the repository alone says what is queued,
// and Claim which job is next, so a lost or doubled announcement does no harm beyond a delay. One
// announcement is good for one claim. Implementations: queue/.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::jobs {

struct Announcement {
  std::string job_id{};
  std::string receipt{};  // the implementation's own, for Done
};

struct QueueStats {
  int64_t lag = 0;      // announcements that no worker has taken yet
  int64_t pending = 0;  // taken, and not done
  int64_t dead = 0;     // jobs that failed with all their tries used up
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

  /// These jobs are queued: announces those that no announcement speaks for (any more). Does not
  /// throw, either.
  virtual void Reconcile(const std::vector<std::string>& queued_jobs) {
    for (const std::string& id : queued_jobs) Announce(id);
  }

  /// Throws Error{kUnavailable} unless it can be used.
  virtual void CheckHealth() = 0;

  /// nullopt if it keeps no count. Throws Error{kUnavailable}.
  virtual std::optional<QueueStats> Stats() { return std::nullopt; }
};

}  // namespace stemscribe::jobs
