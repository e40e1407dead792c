// One connection to Redis. libcurl makes it (time-outs, TLS), hiredis knows the protocol; Debian
// 12's hiredis (0.14) has no TLS.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/redis_settings.h"

namespace stemscribe::queue {

struct RedisReply {
  enum class Type { kNil, kText, kNumber, kArray, kError };

  Type type = Type::kNil;
  std::string text{};  // also of an error: "NOGROUP No such key…"
  int64_t number = 0;
  std::vector<RedisReply> items{};

  bool IsError(const std::string& code) const {
    return type == Type::kError && text.starts_with(code);
  }
};

using RedisCommand = std::vector<std::string>;

/// Not thread-safe. All methods throw Error{kUnavailable} when the connection breaks; it is of no
/// use then.
class RedisConnection {
 public:
  /// Connects, asking the sentinels for the master if there are any, logs in and selects.
  explicit RedisConnection(const RedisSettings& settings);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  void Send(const RedisCommand& command);

  /// nullopt after `timeout`, or as soon as `wake_fd` is readable.
  std::optional<RedisReply> Read(jobs::Milliseconds timeout, int wake_fd = -1);

  /// Send and Read; a late answer breaks the connection.
  RedisReply Call(const RedisCommand& command, jobs::Milliseconds timeout);

 private:
  struct Impl;
  void Connect(const RedisAddress& address);
  void CallOrThrow(const RedisCommand& command);
  void Authenticate();
  void Login();
  RedisAddress AskSentinels();

  const RedisSettings settings_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::queue
