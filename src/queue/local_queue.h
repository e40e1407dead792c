// The queue within one process: a wake-up. The repository holds the work.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_set>

#include "jobs/job_queue.h"

namespace stemscribe::queue {

class LocalQueue final : public jobs::JobQueue {
 public:
  void Announce(const std::string& job_id) override;
  std::optional<jobs::Announcement> Wait(jobs::Milliseconds timeout,
                                         const std::stop_token& stop) override;
  void Reconcile(const jobs::QueuedJobs& queued) override;
  void Done(const jobs::Announcement&) override {}
  void CheckHealth() override {}

 private:
  std::mutex mutex_;  // guards waiting_, known_
  std::condition_variable_any announced_;
  std::deque<std::string> waiting_;        // at most kMaxWaiting: more would wake nobody else
  std::unordered_set<std::string> known_;  // the same ids
};

}  // namespace stemscribe::queue
