// The HTTP/1.1 server: accepts connections and serves them on a few event threads.
//
// Each event thread has its own event loop, and a connection stays on one of them, so a
// connection's coroutines need no locks. Handlers run there too and must not block.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/access_record.h"
#include "http/allowed_hosts.h"
#include "http/blocking_pool.h"
#include "http/cors.h"
#include "http/http_error.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"
#include "http/trusted_proxies.h"

namespace stemscribe::http {

struct ServerSettings {
  std::string host = "127.0.0.1";  // an address, not a name; "::" for all of IPv6 and IPv4
  uint16_t port = 0;               // 0: a free one
  int num_threads = 1;             // event threads
  int listen_backlog = 4096;

  TrustedProxies trusted_proxies{};  // who may say on whose behalf a request is made
  AllowedHosts allowed_hosts{};      // by which names it may be called

  size_t max_header_bytes = 16 * 1024;  // request line and headers; more is 431
  size_t max_header_fields = 100;       // more is 431
  uint64_t max_body_bytes = 1 << 20;    // of routes that set no limit of their own; more is 413
  int max_connections = 10'000;         // beyond it connections wait in the backlog
  int max_connections_per_address = 10'000;  // beyond it new ones are closed at once
  int requests_per_connection = 100'000;     // then it is closed

  std::chrono::milliseconds header_timeout{
      10'000};  // from its first byte to the end of a request's head, in all; 408
  std::chrono::milliseconds body_timeout{30'000};  // between two bytes of a body; 408
  uint64_t min_body_bytes_per_sec = 256;  // measured over body_timeout and longer; slower is 408
  std::chrono::milliseconds idle_timeout{75'000};   // between two requests
  std::chrono::milliseconds write_timeout{30'000};  // without any progress of a response
  std::chrono::milliseconds linger_timeout{
      2'000};                           // for a client to notice a refusal while it still sends
  uint64_t linger_max_bytes = 1 << 20;  // what is read and thrown away meanwhile

  std::chrono::milliseconds shed_after{
      0};  // while work waits longer than this for the pool, requests get 503; 0: never

  size_t compress_min_bytes =
      1024;  // text bodies of at least this are compressed for clients that take it
};

class TlsContext;

/// Called on event threads: thread-safe, quick, not throwing (errors excepted where said).
struct ServerCallbacks {
  /// Required. Turns an error into a response. `status` is set where HTTP decides (HttpError and
  /// the server's own refusals), 0 where the code of the error does. The request is complete but
  /// for malformed heads, where only request_id and remote_address are sure. Headers of an
  /// HttpError are added afterwards.
  std::function<Response(const Request& request, const Error& error, int status)> error_responder;

  /// After each response, also of malformed requests. May be empty.
  std::function<void(const AccessRecord&)> on_access;

  /// Before any response is sent, for headers that all have. May be empty.
  std::function<void(const Request&, Response&)> before_send;

  /// A connection was closed, or not taken at once, because of this limit: "connections",
  /// "connections_of_address"; or a request was refused: "shed". May be empty.
  std::function<void(std::string_view limit)> on_limit;

  /// What the server itself has to say: a failed accept, an exception that is no Error (answered as
  /// kInternal).
  std::function<void(std::string_view message)> on_warning;
};

/// Start, Drain and Stop are called by one thread; the others are thread-safe.
class Server {
 public:
  /// `pool` compresses and reads cold files; it must outlive the server. With `tls` all connections
  /// are encrypted. Throws Error{kInvalidArgument} on bad settings.
  Server(ServerSettings settings, Router router, CorsPolicy cors, ServerCallbacks callbacks,
         BlockingPool& pool, std::shared_ptr<const TlsContext> tls = nullptr);

  /// Stops.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds, listens and serves on own threads. Throws Error{kIo} if the address cannot be had.
  void Start();

  /// The bound port, once started.
  uint16_t port() const;

  /// Closes the listening socket. Connections go on.
  void StopAccepting();

  /// Stops accepting, closes idle connections, tells streams to end, answers what is under way with
  /// "Connection: close", and waits for that until the deadline. True if all ended in time. Stop
  /// afterwards.
  bool Drain(std::chrono::milliseconds deadline);

  /// Closes all connections at once, waits for handlers to end, and joins the threads. May be
  /// called twice.
  void Stop();

  int num_connections() const;
  const Router& router() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::http
