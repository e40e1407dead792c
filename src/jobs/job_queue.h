// The announcements that there is work. They are hints: the repository alone says what is queued,
// and Claim which job is next, so a lost or doubled announcement does no harm beyond a delay. One
// announcement is good for one claim. Implementations: queue/.
#pragma once

#include <cstdint>
#include <functional>
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

/// All that is queued, for who reconciles: asked for only as far as that is needed.
struct QueuedJobs {
  std::function<int64_t()> count;
  std::function<std::vector<std::string>()> next_page;  // empty behind the last
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

  /// Announces the queued jobs that no announcement speaks for (any more). A fault of the queue is
  /// not thrown, either.
  virtual void Reconcile(const QueuedJobs& queued) = 0;

  /// Throws Error{kUnavailable} unless it can be used.
  virtual void CheckHealth() = 0;

  /// nullopt if it keeps no count. Throws Error{kUnavailable}.
  virtual std::optional<QueueStats> Stats() { return std::nullopt; }
};

}  // namespace stemscribe::jobs
