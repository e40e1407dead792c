// One attempt at one job, from its claim to its end.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <stop_token>

#include "jobs/recovery.h"
#include "jobs/worker.h"

namespace stemscribe::jobs {

/// Execute runs on one thread; the others may be called from any.
class JobRun {
 public:
  /// All given must outlive it.
  JobRun(const WorkerSettings& settings, const JobParts& parts, const WorkerHooks& hooks, Job job);

  /// Does the work and commits how it ended. Does not throw: what cannot be committed is left to
  /// recovery.
  void Execute();

  LeaseKey key() const { return {job_.id, job_.lease_owner, job_.attempt}; }

  /// What the renewal of the lease said.
  void OnLease(LeaseState state);

  /// Stop soon, and give the job back.
  void Drain() { StopFor(Reason::kDrained); }

 private:
  enum class Reason { kNone, kCancelled, kLost, kDrained };

  void StopFor(Reason reason);
  ToolOutcome RunTool();
  std::filesystem::path FetchInput();
  void OnProgress(const JobProgress& progress);
  void EndStage();
  std::optional<Job> Publish(const std::filesystem::path& folder);
  std::optional<Job> EndStopped();
  std::optional<Job> EndFailed(const JobFailure& failure);
  void RemoveScratch();
  void RemoveOutputs();
  void Report(const std::string& what) const;

  const WorkerSettings& settings_;
  const JobParts& parts_;
  const WorkerHooks& hooks_;
  const Job job_;  // as it was claimed
  const std::filesystem::path scratch_;
  std::stop_source stop_;
  std::atomic<Reason> reason_{Reason::kNone};  // the first one counts

  // Of the thread that executes.
  std::optional<JobStage> stage_;
  std::chrono::steady_clock::time_point stage_began_at_;
  std::optional<JobProgress> written_;
  std::chrono::steady_clock::time_point written_at_;
};

}  // namespace stemscribe::jobs
