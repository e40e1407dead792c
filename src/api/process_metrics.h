// What Prometheus is told by every process, server or worker: what it did with songs, and how it
// gets on with the database and Redis. tests/api/test_metrics.py has the list of names and labels.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "jobs/job.h"

namespace prometheus {
class Registry;
}

namespace stemscribe::api {

/// Thread-safe. What is known beforehand is there from the start, at zero.
class ProcessMetrics {
 public:
  explicit ProcessMetrics(std::string_view version);
  ~ProcessMetrics();

  /// A try is over: completed, failed, cancelled, or queued again.
  void CountJobEnd(const jobs::Job& job, double duration_sec);
  void CountStage(jobs::JobStage stage, double duration_sec);
  /// A try failed; if its process was brought down, that is counted, too.
  void CountFailure(const jobs::JobFailure& failure);
  /// The process that looks at an upload was brought down.
  void CountProbeFault(jobs::ChildFault fault);

  void SetDatabase(double busy, double idle);
  /// Only where there is one.
  void SetRedis(double busy, double idle, bool is_up);

  /// Whoever has more to tell adds it here. It goes with this object.
  prometheus::Registry& registry();

  /// The text format, version 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace stemscribe::api
