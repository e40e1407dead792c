// Announcements that were committed in one transaction with their jobs and are still to be made: so
// a queue on another machine hears of each job, whoever dies in between. Implementation: db/;
// queue::RelayedQueue empties it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::jobs {

struct OutboxEntry {
  int64_t id = 0;
  std::string job_id{};
  bool is_dead = false;  // false: the job was queued; true: it failed and its tries are used up
};

/// Thread-safe. All methods throw Error{kUnavailable} when the database does not answer.
class Outbox {
 public:
  virtual ~Outbox() = default;

  /// Up to `limit` entries, oldest first. Others do not get them before `hold` is over, so that two
  /// processes do not announce the same; who gets them twice does no harm.
  virtual std::vector<OutboxEntry> TakeOutbox(int limit, Milliseconds hold) = 0;

  /// They were announced: removes them.
  virtual void OutboxDone(const std::vector<int64_t>& ids) = 0;
};

}  // namespace stemscribe::jobs
