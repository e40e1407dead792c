// Announcements as messages of a Redis stream that a group of workers reads:
//   {prefix}:jobs   the stream; group "workers"; each message is one claim's worth of work
//   {prefix}:dead   jobs that failed with all their tries used up, for whoever wants to look
// A message is acknowledged when its worker has committed what it did. A message whose worker died
// goes to another one after a time (XAUTOCLAIM); those of live workers are kept from that.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <unordered_set>

#include "jobs/job_queue.h"
#include "queue/outbox_relay.h"
#include "queue/redis_client.h"

namespace stemscribe::queue {

struct RedisQueueSettings {
  RedisSettings redis{};
  std::string consumer{};                                  // who reads: the instance
  jobs::Milliseconds idle_limit{std::chrono::minutes(1)};  // of a worker's message: it is dead
  jobs::Milliseconds reconcile_interval{std::chrono::seconds(4)};  // of all processes together
  OutboxRelaySettings relay{};
};

class RedisQueue final : public jobs::JobQueue {
 public:
  /// With an outbox (which outlives it), announcements come from there, and Announce only says
  /// that there is one; without it they are made at once, and those that fail are left to
  /// Reconcile. Does not connect yet.
  explicit RedisQueue(RedisQueueSettings settings, jobs::Outbox* outbox = nullptr,
                      std::function<void(const std::string&)> on_error = {});
  ~RedisQueue() override;

  void Announce(const std::string& job_id) override;
  std::optional<jobs::Announcement> Wait(jobs::Milliseconds timeout,
                                         const std::stop_token& stop) override;
  void Done(const jobs::Announcement& announcement) override;
  void Reconcile(const jobs::QueuedJobs& queued) override;
  void CheckHealth() override;
  std::optional<jobs::QueueStats> Stats() override;

 private:
  void Add(const jobs::OutboxEntry& entry);
  void MakeGroup();
  std::optional<jobs::Announcement> TakeOver();
  std::optional<jobs::Announcement> ReadNext(jobs::Milliseconds timeout,
                                             const std::stop_token& stop);
  std::optional<jobs::Announcement> Keep(const RedisReply& messages);
  std::unordered_set<std::string> WaitingAfter(std::string last);
  void AnnounceMissing(const jobs::QueuedJobs& queued);
  void Trim();
  void ForgetDeadConsumers();
  void KeepAlive(const std::stop_token& stop);
  void Report(const std::string& what) const;

  const RedisQueueSettings settings_;
  const std::string stream_;
  const std::string dead_;
  const std::function<void(const std::string&)> on_error_;
  RedisClient client_;
  std::atomic<int64_t> looked_for_dead_at_ms_{0};  // steady clock
  std::mutex mutex_;                               // guards in_work_
  std::condition_variable_any changed_;            // wakes KeepAlive to end
  std::set<std::string> in_work_;                  // messages that we have
  std::unique_ptr<OutboxRelay> relay_;             // may be null
  std::jthread keeper_;
};

}  // namespace stemscribe::queue
