#include "jobs/event_bus.h"

#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stemscribe::jobs {

struct Mailbox {
  void Put(const Job& job) {
    {
      std::lock_guard lock(mutex);
      if (job.version <= version) return;  // publishers may overtake each other
      version = job.version;
      newest = job;
    }
    std::lock_guard lock(callback_mutex);
    if (on_event) on_event(job);
  }

  std::mutex mutex;  // guards newest, version
  std::optional<Job> newest;
  int64_t version = 0;

  std::mutex callback_mutex;  // guards on_event; held while it runs, so that Close can wait for it
  std::function<void(const Job&)> on_event;
};

Subscription::Subscription(std::shared_ptr<Mailbox> mailbox, std::function<void()> on_end)
    : mailbox_(std::move(mailbox)), on_end_(std::move(on_end)) {}

Subscription::~Subscription() {
  on_end_();
  std::lock_guard lock(mailbox_->callback_mutex);
  mailbox_->on_event = nullptr;
}

std::optional<Job> Subscription::Take() {
  std::lock_guard lock(mailbox_->mutex);
  return std::exchange(mailbox_->newest, std::nullopt);
}

struct LocalEventBus::Registry {
  std::mutex mutex;  // guards by_job
  std::unordered_multimap<std::string, std::shared_ptr<Mailbox>> by_job;

  void Remove(const std::string& job_id, const Mailbox* mailbox) {
    std::lock_guard lock(mutex);
    const auto [begin, end] = by_job.equal_range(job_id);
    for (auto entry = begin; entry != end; ++entry) {
      if (entry->second.get() != mailbox) continue;
      by_job.erase(entry);
      return;
    }
  }
};

LocalEventBus::LocalEventBus() : registry_(std::make_shared<Registry>()) {}

void LocalEventBus::Publish(const Job& job) {
  std::vector<std::shared_ptr<Mailbox>> mailboxes;
  {
    std::lock_guard lock(registry_->mutex);
    const auto [begin, end] = registry_->by_job.equal_range(job.id);
    for (auto entry = begin; entry != end; ++entry) mailboxes.push_back(entry->second);
  }
  for (const auto& mailbox : mailboxes) mailbox->Put(job);
}

std::shared_ptr<Subscription> LocalEventBus::Subscribe(const std::string& job_id,
                                                       std::function<void(const Job&)> on_event) {
  auto mailbox = std::make_shared<Mailbox>();
  mailbox->on_event = std::move(on_event);
  {
    std::lock_guard lock(registry_->mutex);
    registry_->by_job.emplace(job_id, mailbox);
  }
  auto on_end = [registry = registry_, job_id, box = mailbox.get()] {
    registry->Remove(job_id, box);
  };
  return std::make_shared<Subscription>(std::move(mailbox), std::move(on_end));
}

size_t LocalEventBus::num_subscriptions() const {
  std::lock_guard lock(registry_->mutex);
  return registry_->by_job.size();
}

}  // namespace stemscribe::jobs
