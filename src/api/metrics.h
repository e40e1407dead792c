// What Prometheus is told: requests, jobs, storage.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/access_record.h"

namespace stemscribe::api {

/// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  /// Counts a request and its duration, by route pattern (never by path: ids would make a series
  /// each).
  void CountRequest(const http::AccessRecord& record);

  /// Counts that this limit kept somebody out.
  void CountLimit(std::string_view limit);

  void SetJobs(const std::string& status, double count);
  void SetStorage(double used_bytes, double free_bytes);
  /// Of a queue that is shared: announcements not yet taken, those in work, and jobs given up.
  void SetQueue(double lag, double pending, double dead);
  void SetConnections(double count);
  void CountJobEnd(const std::string& status, double duration_sec);

  /// The text format, version 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::api
