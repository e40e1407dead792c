// One HTTP request as a handler sees it: its head is parsed, its body is read when the handler asks
// for it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/trace_context.h"
#include "http/method.h"
#include "http/url.h"

namespace stemscribe::http {

struct Route;

/// Where the bytes of a body come from: a connection, or a test.
class BodySource {
 public:
  virtual ~BodySource() = default;

  /// Reads at least one byte into `buffer`; 0 only at the end of the body. Throws HttpError 400
  /// (bad chunk), 408 (too slow), 413 (over the limit) or Error{kCancelled} (the client left).
  virtual boost::asio::awaitable<size_t> ReadSome(std::span<std::byte> buffer) = 0;

  /// The most bytes the body may have from now on, those already read included.
  virtual void SetLimit(uint64_t max_bytes) = 0;
};

/// The head of a request. The views point into `bytes`.
struct RequestHead {
  std::string bytes;
  std::string_view method;  // as sent, "GET"
  std::string_view target;  // as sent: origin-form "/a?b", or "*"
  int minor_version = 1;    // of HTTP/1.x
  std::vector<std::pair<std::string_view, std::string_view>> fields;
};

/// On whose behalf a request is made, as what answers it has found out.
struct Principal {
  std::string id{};  // empty: nobody in particular
  bool is_admin = true;
};

/// Owned by its connection, and alive until the response has been sent. Used by one coroutine at a
/// time.
class Request {
 public:
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::string_view method_name() const { return head_.method; }
  /// nullopt if it is not one of Method.
  std::optional<Method> method() const { return method_; }
  std::string_view target() const { return head_.target; }
  /// The path of the target, still percent-encoded.
  std::string_view path() const { return path_; }
  std::string_view query_string() const { return query_string_; }
  int minor_version() const { return head_.minor_version; }

  /// The decoded query; parsed at the first call, which throws Error{kInvalidArgument} if it is
  /// malformed.
  const QueryParams& query() const;

  /// The first header of this name, without case.
  std::optional<std::string_view> header(std::string_view name) const;
  /// All values of this name joined by ", ", for list headers; nullopt if there is none.
  std::optional<std::string> header_list(std::string_view name) const;
  const std::vector<std::pair<std::string_view, std::string_view>>& headers() const {
    return head_.fields;
  }

  /// The decoded path parameter "{name}" of the route: any bytes, slashes and dots too; it is data,
  /// not a path. Throws Error{kInternal} if the route has none of this name.
  const std::string& path_param(std::string_view name) const;
  /// The matched route, null before routing and where no route matched.
  const Route* route() const { return route_; }

  /// The peer of the connection, as text: "127.0.0.1", "::1".
  const std::string& remote_address() const { return remote_address_; }
  /// Who sent the request, as trusted proxies tell; without such, the peer.
  const std::string& client_address() const { return client_address_; }
  /// The client's X-Request-ID if it is 1 to 128 of [A-Za-z0-9._-], else made here.
  const std::string& request_id() const { return request_id_; }
  /// The span of this request, in the trace of its `traceparent` or in a new one.
  const TraceContext& trace() const { return trace_; }
  const Principal& principal() const { return principal_; }
  void set_principal(Principal principal) { principal_ = std::move(principal); }
  /// Whether the connection is encrypted.
  bool is_tls() const { return is_tls_; }

  /// Stops when the client of a streamed response leaves, and when the server drains or stops.
  std::stop_token stop_token() const { return stop_token_; }

  /// The declared length; nullopt for a chunked body; 0 without a body.
  std::optional<uint64_t> content_length() const { return content_length_; }
  bool has_body() const { return !content_length_ || *content_length_ > 0; }

  /// Reads some of the body, see BodySource::ReadSome. A client that sent "Expect: 100-continue" is
  /// told to go on at the first call; a handler that answers without reading refuses the body.
  boost::asio::awaitable<size_t> ReadSome(std::span<std::byte> buffer);

  /// Reads all of the body. Throws HttpError 413 if it has more than `max_bytes`.
  boost::asio::awaitable<std::string> ReadAll(uint64_t max_bytes);

  // What follows is for the connection, the router, and tests that make requests.
  void Reset(RequestHead head, BodySource* body, std::optional<uint64_t> content_length);
  /// Empties the request and gives its storage back, for the next head on the connection.
  RequestHead TakeHead();
  void set_connection(std::string remote_address, bool is_tls);
  void set_client_address(std::string address) { client_address_ = std::move(address); }
  void set_request_id(std::string id) { request_id_ = std::move(id); }
  void set_trace(TraceContext trace) { trace_ = std::move(trace); }
  void set_stop_token(std::stop_token token) { stop_token_ = std::move(token); }
  void set_route(const Route* route, std::vector<std::string> param_values);

 private:
  RequestHead head_;
  Principal principal_;
  std::optional<Method> method_;
  std::string_view path_;
  std::string_view query_string_;
  mutable std::optional<QueryParams> query_;
  const Route* route_ = nullptr;
  std::vector<std::string> param_values_;  // in the order of route_->param_names
  std::string remote_address_;
  std::string client_address_;
  std::string request_id_;
  TraceContext trace_;
  bool is_tls_ = false;
  std::stop_token stop_token_;
  BodySource* body_ = nullptr;
  std::optional<uint64_t> content_length_ = 0;
};

}  // namespace stemscribe::http
