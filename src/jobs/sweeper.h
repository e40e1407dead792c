// Retention and housekeeping: expired jobs, half deleted ones, lost leases, files of no job.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "jobs/blob_store.h"
#include "jobs/clock.h"
#include "jobs/event_bus.h"
#include "jobs/instance.h"
#include "jobs/job_queue.h"
#include "jobs/job_repository.h"
#include "jobs/recovery.h"

namespace stemscribe::jobs {

struct SweeperSettings {
  Milliseconds retention{0};                              // after the end of a job; 0: for ever
  Milliseconds orphan_grace{std::chrono::hours(1)};       // younger files may belong to an upload
  Milliseconds upload_grace{std::chrono::hours(24)};      // to go on with a partial upload
  Milliseconds lease_interval{std::chrono::seconds(5)};   // leases, half published, announcements
  Milliseconds sweep_interval{std::chrono::minutes(10)};  // retention, orphans, usage
  TimePoint database_made_at{};  // what is older and of no job is of another database, and stays
  bool is_single_host = false;   // nobody on another machine uploads: the database is a local file
  std::filesystem::path scratch_dir{};  // of the worker
};

struct SweepReport {
  bool dry_run = false;
  std::vector<std::string> expired_jobs{};
  std::vector<std::string> orphans{};  // blob folders and temporary files that belong to no job
  int64_t bytes = 0;                   // of all of them
};

/// For logs; called from any thread, must be quick and not throw.
struct SweeperHooks {
  std::function<void(const std::string& message)> on_error{};
  std::function<void(const StorageUsage&)> on_low{};  // the store has become low, or is no more
};

/// Thread-safe. Where many machines share the repository, one process at a time looks for expired
/// jobs and orphans by itself, once in each interval of all together; a Sweep that is asked for
/// does not wait for its turn. Everything given must outlive it.
class Sweeper {
 public:
  Sweeper(SweeperSettings settings, JobRepository& repository, BlobStore& store, JobQueue& queue,
          EventBus& events, const Instance& instance, const Clock& clock, SweeperHooks hooks = {});
  ~Sweeper();

  /// Sweeps on a thread of its own from now on.
  void Start();
  void Stop();

  /// Expired jobs and orphans; with `dry_run` only tells what would go (of expired jobs, the first
  /// 10,000). What cannot be deleted is told to on_error and stays. Throws as repository and store.
  SweepReport Sweep(bool dry_run);

  /// With another age from which on files of no job are orphans, those of uploads too.
  SweepReport Sweep(bool dry_run, Milliseconds grace);

  /// Lost leases go back to the queue, decided results are finished, started deletions too, and
  /// queued jobs are announced again.
  void Recover();

 private:
  struct Grace {
    Milliseconds orphans;
    Milliseconds uploads;
  };

  void Loop(const std::stop_token& stop);
  void Guarded(const std::function<void()>& work) const;
  void WatchRoom();
  bool HasTurn();
  SweepReport SweepNow(Grace grace, bool dry_run, bool by_turns);
  void SweepExpired(SweepReport& report);
  void SweepOrphans(TimePoint youngest, SweepReport& report);
  void SweepUploads(SweepReport& report);
  std::optional<TimePoint> NewestBelow(const std::string& prefix);
  void TellOfForeign(int64_t num_foreign);
  void Remove(const std::string& prefix, SweepReport& report);
  TimePoint YoungestOrphan(Milliseconds grace) const;
  void SweepAttempts(const std::string& id, SweepReport& report);
  void SweepScratch(SweepReport& report);

  const SweeperSettings settings_;
  const JobParts parts_;
  const Clock& clock_;
  const SweeperHooks hooks_;
  std::mutex sweep_mutex_;   // one sweep at a time; guards by_turns_ and num_foreign_
  bool by_turns_ = false;    // the sweep ends when another process has the turn
  int64_t num_foreign_ = 0;  // that were told of
  bool is_low_ = false;      // of the thread
  std::jthread thread_;
};

}  // namespace stemscribe::jobs
