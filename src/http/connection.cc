#include "http/connection.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "http/compression.h"

namespace stemscribe::http {
namespace asio = boost::asio;
namespace {

// The rest of a refused body that is read to keep the connection, rather than closing it.
constexpr uint64_t kMaxDiscardBytes = 64 * 1024;
// Large enough that the string is on the heap: then the views into it outlive a move.
constexpr size_t kMinHeadStorageBytes = 512;
constexpr int kClientLeftStatus = 499;
constexpr int kRequestsInARow = 32;

}  // namespace

Connection::Connection(ServerContext& context, Worker& worker, asio::ip::tcp::socket socket,
                       std::unique_ptr<Transport> transport, std::string remote_address)
    : context_(context),
      worker_(worker),
      remote_address_(std::move(remote_address)),
      channel_(std::move(socket), std::move(transport), context.settings.write_timeout),
      input_(context.settings.max_header_bytes + 1),  // so that a head that is too long shows
      scanner_(context.settings.max_header_bytes, context.settings.max_header_fields),
      body_(context.settings, channel_, input_, parser_),
      writer_(channel_, context.pool) {
  request_.set_connection(remote_address_, context_.tls != nullptr);
  request_.set_stop_token(stop_.get_token());
}

void Connection::Start() {
  worker_.connections.insert(this);
  auto on_end = [self = shared_from_this()](const std::exception_ptr& failure) {
    if (failure && !self->context_.stopping) {
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& error) {
        self->context_.Warn(std::string("a connection failed: ") + error.what());
      }
    }
    self->worker_.connections.erase(self.get());
    --self->worker_.num_connections;
    self->context_.counter.Remove(self->remote_address_);
  };
  asio::co_spawn(worker_.io, Run(),
                 asio::bind_cancellation_slot(cancel_.slot(), std::move(on_end)));
}

void Connection::Drain() {
  keep_alive_ = false;
  stop_.request_stop();
  if (idle_) channel_.Cancel();
}

void Connection::CloseIfIdle(std::chrono::milliseconds since) {
  if (!idle_ || linger_ || num_requests_ == 0) return;
  if (Channel::Clock::now() - request_end_ > since) channel_.Cancel();
}

void Connection::Abort() {
  stop_.request_stop();
  channel_.Cancel();
  cancel_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> Connection::Run() {
  while (!context_.stopping) {
    const HeadStatus status = co_await ReadHead();
    if (status == HeadStatus::kClosed) co_return;
    co_await ServeRequest(status);
    if (!keep_alive_) break;
    // Who sends many requests at once must not keep others waiting.
    if (num_requests_ % kRequestsInARow == 0) {
      co_await asio::post(worker_.io, asio::use_awaitable);
    }
  }
  if (linger_) co_await Linger();
}

bool Connection::TakeHeadFromInput() {
  while (input_.view().starts_with("\r\n")) input_.Consume(2);  // some clients end a body so
  const auto length = scanner_.Scan(input_.view());
  if (!length) return false;
  spare_head_.bytes.reserve(kMinHeadStorageBytes);
  spare_head_.bytes.assign(input_.view().substr(0, *length));
  input_.Consume(*length);
  parser_.ParseHead(spare_head_);
  return true;
}

asio::awaitable<Connection::HeadStatus> Connection::ReadHead() {
  spare_head_ = request_.TakeHead();
  request_.set_request_id({});
  scanner_.Reset();
  head_error_.reset();
  bool waited = false;
  request_end_ = Channel::Clock::now();
  auto deadline = request_end_ + context_.settings.idle_timeout;
  bool begun = false;
  while (true) {
    try {
      if (TakeHeadFromInput()) co_return HeadStatus::kRequest;
    } catch (const HttpError& error) {
      head_error_ = error;
      co_return HeadStatus::kMalformed;
    }
    if (!begun && (!input_.empty() || num_requests_ == 0)) {  // a new connection has no idle time
      begun = true;
      deadline = Channel::Clock::now() + context_.settings.header_timeout;
    }
    idle_ = input_.empty();
    if (idle_ && context_.draining) co_return HeadStatus::kClosed;
    size_t count = 0;
    const std::span<char> free = input_.Free();
    const IoStatus status =
        co_await channel_.Read(free, deadline, &count, num_requests_ > 0 && !waited);
    waited = true;
    idle_ = false;
    input_.Commit(count);
    if (status == IoStatus::kTimeout && !input_.empty()) {
      head_error_.emplace(408, ErrorCode::kInvalidArgument, "the request did not come in time");
      co_return HeadStatus::kMalformed;
    }
    if (status != IoStatus::kOk) co_return HeadStatus::kClosed;
  }
}

void Connection::SetOrigin() {
  const auto& proxies = context_.settings.trusted_proxies;
  request_.set_client_address(proxies.ClientOf(remote_address_, request_));
  const auto sent = request_.header("X-Request-ID");
  request_.set_request_id(sent && IsRequestId(*sent) ? std::string(*sent) : worker_.NewRequestId());
  sender_ = ParseTraceContext(request_.header("traceparent").value_or(""),
                              request_.header_list("tracestate").value_or(""));
  request_.set_trace(worker_.NewSpan(sender_));
}

asio::awaitable<void> Connection::ServeRequest(HeadStatus status) {
  request_start_ = std::chrono::steady_clock::now();
  const uint64_t bytes_before = channel_.bytes_written();
  const bool malformed = status == HeadStatus::kMalformed;
  request_.Reset(std::move(spare_head_), malformed ? nullptr : &body_,
                 malformed ? std::optional<uint64_t>(0) : parser_.content_length());
  SetOrigin();
  ++num_requests_;
  keep_alive_ = !malformed && parser_.keep_alive() &&
                num_requests_ < context_.settings.requests_per_connection && !context_.draining;
  allow_.clear();
  Response response;
  if (head_error_) {
    response = ErrorResponse(*head_error_, head_error_->status(), &head_error_->headers());
  } else {
    body_.Begin(context_.settings.max_body_bytes);
    response = co_await Handle();
  }
  if (!malformed && body_.client_left()) {
    keep_alive_ = false;
    Report(kClientLeftStatus, bytes_before);
    co_return;
  }
  co_await Compress(response);
  const int status_code = response.status;
  std::exception_ptr failure;
  try {
    co_await Send(response);
  } catch (...) {  // a stream that broke off: the client sees that by the cut connection
    failure = std::current_exception();
  }
  if (failure) {
    keep_alive_ = false;
    linger_ = false;
    ErrorResponse(failure);  // for its warning
  }
  Report(status_code, bytes_before);
}

asio::awaitable<Response> Connection::Handle() {
  std::exception_ptr failure;
  try {
    const bool asks_server = request_.target() == "*";
    const Route* route = asks_server ? nullptr : context_.router.Match(request_, &allow_);
    if (route == nullptr) co_return AnswerOptions(asks_server ? std::string_view() : allow_);
    context_.ShedLoad(*route);
    context_.settings.allowed_hosts.Check(request_);
    RefuseForged(context_.cors, request_);
    const uint64_t max_body_bytes =
        route->options.max_body_bytes.value_or(context_.settings.max_body_bytes);
    body_.SetLimit(max_body_bytes);
    if (request_.content_length().value_or(0) > max_body_bytes) {
      throw HttpError(
          413, ErrorCode::kPayloadTooLarge,
          "the body is larger than the limit of " + std::to_string(max_body_bytes) + " bytes");
    }
    co_return co_await route->handler(request_);
  } catch (...) {  // made into a response below, where it is no exception any more
    failure = std::current_exception();
  }
  co_return ErrorResponse(failure);
}

Response Connection::AnswerOptions(std::string_view allow) {
  Response response = Response::NoContent();
  if (!allow.empty()) response.headers.Add("Allow", allow);
  return response;
}

Response Connection::ErrorResponse(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const HttpError& error) {
    return ErrorResponse(error, error.status(), &error.headers());
  } catch (const Error& error) {
    return ErrorResponse(error, 0, nullptr);
  } catch (const std::exception& error) {
    if (!context_.stopping)
      context_.Warn("request " + request_.request_id() + " failed: " + error.what());
  } catch (...) {
    context_.Warn("request " + request_.request_id() + " failed");
  }
  return ErrorResponse(Error(ErrorCode::kInternal, "internal error"), 0, nullptr);
}

Response Connection::ErrorResponse(const Error& error, int status, const Headers* headers) {
  Response response = context_.callbacks.error_responder(request_, error, status);
  if (headers != nullptr) {
    for (const auto& [name, value] : *headers) response.headers.Set(name, value);
  }
  return response;
}

asio::awaitable<void> Connection::Compress(Response& response) {
  auto* text = std::get_if<std::string>(&response.body);
  if (text == nullptr || text->size() < context_.settings.compress_min_bytes ||
      response.status == 206 || response.headers.Has("Content-Encoding") ||
      !IsCompressible(response.headers.Get("Content-Type").value_or(std::string_view()))) {
    co_return;
  }
  response.headers.AddToList("Vary", "Accept-Encoding");
  const Coding coding = ChooseCoding(request_.header_list("Accept-Encoding"));
  if (coding == Coding::kIdentity) co_return;
  auto compress = [text, coding] { return Encode(coding, *text); };
  try {
    *text = co_await context_.pool.Run(compress);
  } catch (const Error&) {  // a busy pool: longer, but right
    co_return;
  }
  response.headers.Set("Content-Encoding", CodingName(coding));
  const auto etag = response.headers.Get("ETag");
  if (etag && etag->starts_with('"')) response.headers.Set("ETag", "W/" + std::string(*etag));
}

asio::awaitable<void> Connection::Send(Response& response) {
  if (!request_.method_name().empty())
    AddCorsHeaders(context_.cors, request_, allow_, response.headers);
  if (context_.callbacks.before_send) context_.callbacks.before_send(request_, response);
  if (context_.draining) keep_alive_ = false;
  if (head_error_ || !body_.RestIsAtMost(kMaxDiscardBytes)) keep_alive_ = false;
  ResponseFraming framing;
  framing.minor_version = request_.minor_version();
  framing.is_head = request_.method() == Method::kHead;
  framing.keep_alive = keep_alive_;
  framing.date = worker_.Date();
  framing.request_id = request_.request_id();
  const IoStatus status = co_await writer_.Send(response, framing, stop_);
  keep_alive_ =
      keep_alive_ && framing.keep_alive && status == IoStatus::kOk && !stop_.stop_requested();
  linger_ = !keep_alive_ && status == IoStatus::kOk;
  if (keep_alive_ && !body_.complete()) {
    const bool discarded = co_await body_.Discard(kMaxDiscardBytes);
    if (!discarded) keep_alive_ = false;
  }
}

asio::awaitable<void> Connection::Linger() {
  idle_ = true;
  co_await channel_.Linger(context_.settings.linger_timeout, context_.settings.linger_max_bytes);
}

void Connection::Report(int status, uint64_t bytes_before) {
  if (!context_.callbacks.on_access) return;
  AccessRecord record = RecordOf(request_);
  if (sender_) record.parent_id = sender_->span_id();
  record.status = status;
  record.bytes_in = head_error_ ? 0 : body_.bytes_read();
  record.bytes_out = channel_.bytes_written() - bytes_before;
  record.duration = std::chrono::steady_clock::now() - request_start_;
  context_.callbacks.on_access(record);
}

}  // namespace stemscribe::http
