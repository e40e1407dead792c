// What all connections of a server share, and what those of one event thread share. Internal to
// http/.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/trace_context.h"
#include "http/http_error.h"
#include "http/server.h"

namespace stemscribe::http {

class Connection;

/// How many connections there are, in all and by address (of IPv6: by /64). Thread-safe.
class ConnectionCounter {
 public:
  /// False, counting nothing, if the address has `max_per_address` already.
  bool Add(const std::string& address, int max_per_address);
  void Remove(const std::string& address);
  int total() const;

  /// Waits until there is none. False if that takes longer.
  bool WaitForNone(std::chrono::steady_clock::time_point deadline);

 private:
  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable none_left_;
  int total_ = 0;
  std::unordered_map<std::string, int> by_network_;
};

/// Immutable while the server runs, but for what is atomic or says that it is thread-safe.
struct ServerContext {
  ServerSettings settings;
  Router router;
  CorsPolicy cors;
  ServerCallbacks callbacks;
  BlockingPool& pool;
  std::shared_ptr<const TlsContext> tls;  // null: plain TCP
  ConnectionCounter counter{};
  std::atomic<bool> draining{false};  // connections end after the request they are at
  std::atomic<bool> stopping{false};  // connections end now

  void Warn(const std::string& message) const {
    if (callbacks.on_warning) callbacks.on_warning(message);
  }
  void HitLimit(std::string_view limit) const {
    if (callbacks.on_limit) callbacks.on_limit(limit);
  }

  /// Throws HttpError 503 while the server is overloaded. Work that is refused at once costs
  /// little; taken on, it would make all others wait longer still.
  void ShedLoad(const Route& route) const {
    const auto limit = settings.shed_after;
    if (limit.count() == 0 || route.options.is_vital || pool.OldestWait() <= limit) return;
    HitLimit("shed");
    throw HttpError(503, ErrorCode::kUnavailable, "the server is overloaded; try again soon",
                    {{"Retry-After", "5"}});
  }
};

/// Whether a client may name its request so.
bool IsRequestId(std::string_view id);

/// One event thread. All but the constructor, Start, Join and the counter belongs to that thread.
struct Worker {
  Worker() : work(boost::asio::make_work_guard(io)), random_(std::random_device{}()) {}

  /// The Date header's value; made once a second.
  const std::string& Date();
  /// A fresh request id.
  std::string NewRequestId();
  /// A span for a request of `sender`.
  TraceContext NewSpan(const std::optional<TraceContext>& sender);

  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::unordered_set<Connection*> connections;
  std::atomic<int> num_connections{0};
  std::thread thread;

 private:
  std::time_t date_time_ = 0;
  std::string date_;
  std::mt19937_64 random_;
};

}  // namespace stemscribe::http
