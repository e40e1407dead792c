#include "queue/open_queue.h"

#include "queue/local_queue.h"
#include "queue/redis_event_bus.h"
#include "queue/redis_queue.h"

namespace stemscribe::queue {

OpenedQueue OpenQueue(const OpenQueueSettings& settings) {
  if (settings.url.empty()) {
    return {std::make_unique<LocalQueue>(), std::make_unique<jobs::LocalEventBus>()};
  }
  RedisSettings redis = RedisSettingsFrom(settings.url);
  redis.meter = settings.meter;
  return {std::make_unique<RedisQueue>(
              RedisQueueSettings{.redis = redis, .consumer = settings.consumer}, settings.outbox,
              settings.on_error),
          std::make_unique<RedisEventBus>(redis, settings.find_job, settings.on_error)};
}

}  // namespace stemscribe::queue
