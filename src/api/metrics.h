// What Prometheus is told. tests/api/test_metrics.py has the list of names and labels, which alerts
// and dashboards (deploy/) rely on.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/access_record.h"
#include "jobs/job.h"

namespace stemscribe::api {

/// Thread-safe. What is known beforehand is there from the start, at zero.
class Metrics {
 public:
  explicit Metrics(std::string_view version);
  ~Metrics();

  /// Counts a request and its duration, by route pattern (never by path: ids would make a series
  /// each).
  void CountRequest(const http::AccessRecord& record);
  /// Counts that this limit kept somebody out.
  void CountLimit(std::string_view limit);
  void SetConnections(double count);
  /// Of the threads for work that blocks.
  void SetPool(double num_queued, double oldest_wait_sec);

  void SetJobs(jobs::JobStatus status, double count);
  void SetInStage(jobs::JobStage stage, double count);
  /// How long the job that is to be claimed next has waited.
  void SetQueueWait(double seconds);
  /// Of a queue that is shared: announcements not yet taken, those in work, and jobs given up.
  void SetQueue(double lag, double pending, double dead);

  /// A try is over: completed, failed, cancelled, or queued again.
  void CountJobEnd(const jobs::Job& job, double duration_sec);
  void CountStage(jobs::JobStage stage, double duration_sec);
  void CountFailure(const jobs::JobFailure& failure);

  void SetStorage(double used_bytes, double free_bytes);
  void SetDatabase(double busy, double idle);

  /// The text format, version 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::api
