// Connections to one Redis server, for many threads: opened when needed, kept for the next, and not
// tried again at once when the server is away.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "queue/redis_connection.h"

namespace stemscribe::queue {

/// Thread-safe. Everything throws Error{kUnavailable} when the server is away; after a failure that
/// comes at once, until a pause is over that grows from failure to failure.
class RedisClient {
 public:
  explicit RedisClient(RedisSettings settings);
  ~RedisClient();

  /// One command, on a connection of its own for that time. It may be sent twice, if a connection
  /// that was kept turns out to be broken. Throws Error{kUnavailable} for an error of the server,
  /// too, unless its code is `tolerated`.
  RedisReply Call(const RedisCommand& command, const std::string& tolerated = "");

  /// A connection for longer; Give it back if it is whole.
  std::unique_ptr<RedisConnection> Take();
  void Give(std::unique_ptr<RedisConnection> connection);

  const RedisSettings& settings() const { return settings_; }

 private:
  std::unique_ptr<RedisConnection> TakeIdle();
  std::unique_ptr<RedisConnection> Connect();
  void NoteFailure();
  void CloseIdle();

  const RedisSettings settings_;
  const std::shared_ptr<RedisMeter> meter_;  // not null
  std::mutex mutex_;                         // guards all below
  std::vector<std::unique_ptr<RedisConnection>> idle_;
  jobs::Milliseconds pause_{0};
  std::chrono::steady_clock::time_point try_again_at_{};
};

}  // namespace stemscribe::queue
