// What Prometheus is told by a server, beyond what every process tells. tests/api/test_metrics.py
// has the list of names and labels, which alerts and dashboards (deploy/) rely on.
#pragma once

#include <memory>
#include <string_view>

#include "api/process_metrics.h"
#include "http/access_record.h"
#include "jobs/blob_store.h"
#include "jobs/job.h"

namespace stemscribe::api {

/// Thread-safe. What is known beforehand is there from the start, at zero.
class Metrics {
 public:
  /// Adds to those of the process, which outlive it.
  explicit Metrics(ProcessMetrics& process);
  ~Metrics();

  /// Counts a request and its duration, by route pattern (never by path: ids would make a series
  /// each).
  void CountRequest(const http::AccessRecord& record);
  /// Counts that this limit kept somebody out.
  void CountLimit(std::string_view limit);
  /// Counts that a rate was limited by this process alone, because Redis did not answer.
  void CountOwnRateLimit();
  void SetConnections(double count);
  /// Of the threads for work that blocks.
  void SetPool(double num_queued, double oldest_wait_sec);

  void SetJobs(jobs::JobStatus status, double count);
  void SetInStage(jobs::JobStage stage, double count);
  /// How long the job that is to be claimed next has waited.
  void SetQueueWait(double seconds);
  /// Of a queue that is shared: announcements not yet taken, those in work, and jobs given up.
  void SetQueue(double lag, double pending, double dead);

  void SetStorage(const jobs::StorageUsage& usage);

  /// Of all metrics of the process.
  std::string Text() const { return process_.Text(); }

 private:
  struct Impl;
  ProcessMetrics& process_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::api
