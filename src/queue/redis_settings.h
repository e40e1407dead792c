// Where a Redis server is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jobs/clock.h"
#include "queue/redis_meter.h"

namespace stemscribe::queue {

struct RedisAddress {
  std::string host;
  int port = 6379;
};

struct RedisSettings {
  std::vector<RedisAddress> addresses{};  // of the server, or of the sentinels
  std::string sentinel_master{};          // its name; empty: no sentinels
  std::string user{};
  std::string password{};
  int database = 0;
  bool tls = false;
  std::string ca_file{};              // certificates to trust; empty: the system's
  std::string prefix = "stemscribe";  // of all keys and channels
  jobs::Milliseconds timeout{std::chrono::seconds(5)};  // to connect, and for an answer
  std::shared_ptr<RedisMeter> meter{};                  // may be null
};

/// Reads redis://[user:password@]host[:port][/database], rediss://… (TLS), and
/// redis+sentinel://[user:password@]host[:port],…/master[/database]; parameters: ca_file, prefix.
/// Throws Error{kInvalidArgument} that names QUEUE_URL.
RedisSettings RedisSettingsFrom(const std::string& url);

}  // namespace stemscribe::queue
