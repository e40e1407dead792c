// What the connections of a process to Redis come to, for its metrics.
#pragma once

#include <atomic>

namespace stemscribe::queue {

/// Thread-safe. Shared by all clients of a process (RedisSettings::meter).
struct RedisMeter {
  std::atomic<int> num_open{0};
  std::atomic<int> num_idle{0};
  std::atomic<bool> is_up{true};  // as the last one saw that connected, or could not
};

}  // namespace stemscribe::queue
