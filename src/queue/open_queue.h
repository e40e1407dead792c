// The queue and the bus of events that a URL names.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "jobs/event_bus.h"
#include "jobs/job_queue.h"
#include "jobs/outbox.h"
#include "queue/redis_meter.h"

namespace stemscribe::queue {

struct OpenQueueSettings {
  std::string url{};       // as RedisSettingsFrom; empty: within this process
  std::string consumer{};  // the instance's id
  std::function<std::optional<jobs::Job>(const std::string& id)> find_job{};
  jobs::Outbox* outbox = nullptr;  // emptied by a shared queue; outlives it
  std::function<void(const std::string&)> on_error{};
  std::shared_ptr<RedisMeter> meter{};  // of the connections to Redis
};

struct OpenedQueue {
  std::unique_ptr<jobs::JobQueue> queue;
  std::unique_ptr<jobs::EventBus> events;
};

/// Throws Error{kInvalidArgument} that names QUEUE_URL. Does not wait for a server.
OpenedQueue OpenQueue(const OpenQueueSettings& settings);

}  // namespace stemscribe::queue
