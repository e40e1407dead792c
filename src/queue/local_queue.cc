#include "queue/local_queue.h"

namespace stemscribe::queue {
namespace {

constexpr size_t kMaxWaiting = 1024;  // workers look into the repository anyway

}  // namespace

void LocalQueue::Announce(const std::string& job_id) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMaxWaiting || !known_.insert(job_id).second) return;
  waiting_.push_back(job_id);
  announced_.notify_one();
}

void LocalQueue::Reconcile(const jobs::QueuedJobs& queued) {
  // A page wakes all workers, and they go on until there is nothing left.
  for (const std::string& id : queued.next_page()) Announce(id);
}

std::optional<jobs::Announcement> LocalQueue::Wait(jobs::Milliseconds timeout,
                                                   const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!announced_.wait_for(lock, stop, timeout, [this] { return !waiting_.empty(); })) {
    return std::nullopt;
  }
  jobs::Announcement announcement{.job_id = std::move(waiting_.front()), .receipt = {}};
  waiting_.pop_front();
  known_.erase(announcement.job_id);
  return announcement;
}

}  // namespace stemscribe::queue
