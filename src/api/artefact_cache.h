// Which files the jobs have whose results were asked for last: a result is a long text, a client of
// five stems asks for it ten times, and it never changes.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "jobs/job_result.h"

namespace stemscribe::api {

/// Safe to call from several threads.
class ArtefactCache {
 public:
  explicit ArtefactCache(size_t max_jobs = 256) : max_jobs_(max_jobs) {}

  /// The files of a completed job. `load` tells them if they are not here; what it throws is
  /// passed on, and nothing is kept.
  std::shared_ptr<const jobs::Artefacts> Get(const std::string& job_id,
                                             const std::function<jobs::Artefacts()>& load);

 private:
  const size_t max_jobs_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const jobs::Artefacts>> of_job_;
  std::deque<std::string> oldest_first_;
};

}  // namespace stemscribe::api
