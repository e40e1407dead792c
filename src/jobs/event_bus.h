// Who wants to know about a job gets each change of it: event streams, and the worker that must see
// a cancel at once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "jobs/job.h"

namespace stemscribe::jobs {

struct Mailbox;

/// One subscriber's mailbox. Every event is the whole job, so only the newest is kept: memory is
/// bounded, and a slow reader skips states but never misses the last. Thread-safe. Its destruction
/// ends the subscription; no callback runs once that has returned. Do not destroy it in its
/// callback.
class Subscription {
 public:
  Subscription(std::shared_ptr<Mailbox> mailbox, std::function<void()> on_end);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  /// The newest job that was not taken yet.
  std::optional<Job> Take();

 private:
  std::shared_ptr<Mailbox> mailbox_;
  std::function<void()> on_end_;
};

/// Thread-safe.
class EventBus {
 public:
  virtual ~EventBus() = default;

  /// Tells all subscribers of job.id. Never blocks on a slow one.
  virtual void Publish(const Job& job) = 0;

  /// `on_event` runs on the publisher's thread after each event; it must be quick and not throw
  /// (wake somebody who then calls Take). Events before the subscription are not seen: subscribe
  /// first, then read the job from the repository.
  virtual std::shared_ptr<Subscription> Subscribe(const std::string& job_id,
                                                  std::function<void(const Job&)> on_event) = 0;

  /// The same, for who does not need the job in the callback.
  std::shared_ptr<Subscription> Subscribe(const std::string& job_id,
                                          std::function<void()> on_event) {
    return Subscribe(job_id, [wake = std::move(on_event)](const Job&) { wake(); });
  }
};

/// Within one process.
class LocalEventBus final : public EventBus {
 public:
  LocalEventBus();
  void Publish(const Job& job) override;
  using EventBus::Subscribe;
  std::shared_ptr<Subscription> Subscribe(const std::string& job_id,
                                          std::function<void(const Job&)> on_event) override;

  /// For tests and metrics.
  size_t num_subscriptions() const;

 private:
  struct Registry;
  std::shared_ptr<Registry>
      registry_;  // shared with the subscriptions, which outlive or precede us
};

}  // namespace stemscribe::jobs
