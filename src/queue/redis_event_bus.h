// Changes of jobs, told to all processes by Redis' publish/subscribe: one channel a job,
// {prefix}:job:{id}, and each process listens only to those that somebody in it watches.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "jobs/event_bus.h"
#include "queue/redis_client.h"
#include "queue/wake_fd.h"

namespace stemscribe::queue {

/// What Redis loses, or was not asked for in time, is made good: whenever a channel is (again)
/// listened to, its watchers get the job as `find` gives it.
class RedisEventBus final : public jobs::EventBus {
 public:
  /// `find` reads a job from the repository; it may throw. Does not connect yet.
  RedisEventBus(RedisSettings settings,
                std::function<std::optional<jobs::Job>(const std::string& id)> find,
                std::function<void(const std::string&)> on_error = {});
  ~RedisEventBus() override;

  void Publish(const jobs::Job& job) override;
  using EventBus::Subscribe;
  std::shared_ptr<jobs::Subscription> Subscribe(
      const std::string& job_id, std::function<void(const jobs::Job&)> on_event) override;

 private:
  struct Watched;

  void Send(const std::stop_token& stop);
  void Listen(const std::stop_token& stop);
  void ListenOn(RedisConnection& connection, const std::stop_token& stop);
  void FollowWatched(RedisConnection& connection, std::set<std::string>& listened) const;
  void OnMessage(const RedisReply& message);
  void TellState(const std::string& id);
  void Report(const std::string& what);

  const std::string channel_prefix_;
  const std::function<std::optional<jobs::Job>(const std::string&)> find_;
  const std::function<void(const std::string&)> on_error_;
  RedisClient client_;
  jobs::LocalEventBus local_;
  const std::shared_ptr<Watched> watched_;  // shared with the subscriptions

  std::mutex mutex_;  // guards outgoing_
  std::condition_variable_any has_outgoing_;
  std::map<std::string, jobs::Job> outgoing_;  // the newest of each job
  std::jthread sender_;
  std::jthread listener_;
};

}  // namespace stemscribe::queue
