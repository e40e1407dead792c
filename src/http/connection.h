// One client connection: reads requests, has them handled, sends the responses, and ends well.
// Internal to http/.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http/body_reader.h"
#include "http/channel.h"
#include "http/input_buffer.h"
#include "http/message_parser.h"
#include "http/response_writer.h"
#include "http/server_context.h"

namespace stemscribe::http {

/// Lives on its worker's thread; kept alive by the coroutine that Start begins.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ServerContext& context, Worker& worker, boost::asio::ip::tcp::socket socket,
             std::unique_ptr<Transport> transport, std::string remote_address);

  /// Serves until the connection ends; then takes it out of the worker and the counters.
  void Start();

  /// Ends it if it is idle, else after the request that it is at; tells a stream to end.
  void Drain();
  /// Makes room for others, if it has waited for its next request for so long.
  void CloseIfIdle(std::chrono::milliseconds since);

  /// Ends it at once, whatever it is doing.
  void Abort();

 private:
  enum class HeadStatus { kRequest, kMalformed, kClosed };

  boost::asio::awaitable<void> Run();
  boost::asio::awaitable<HeadStatus> ReadHead();
  bool TakeHeadFromInput();
  boost::asio::awaitable<void> ServeRequest(HeadStatus status);
  boost::asio::awaitable<Response> Handle();
  Response AnswerOptions(std::string_view allow);
  Response ErrorResponse(const std::exception_ptr& failure);
  Response ErrorResponse(const Error& error, int status, const Headers* headers);
  boost::asio::awaitable<void> Compress(Response& response);
  boost::asio::awaitable<void> Send(Response& response);
  boost::asio::awaitable<void> Linger();
  void SetOrigin();
  void Report(int status, uint64_t bytes_before);

  ServerContext& context_;
  Worker& worker_;
  const std::string remote_address_;
  Channel channel_;
  InputBuffer input_;
  MessageParser parser_;
  HeadScanner scanner_;
  BodyReader body_;
  ResponseWriter writer_;
  Request request_;
  RequestHead spare_head_;              // storage for the next request
  std::optional<TraceContext> sender_;  // of the request, as it says
  std::optional<HttpError> head_error_;
  std::string allow_;  // of the path, for CORS preflights
  std::stop_source stop_;
  boost::asio::cancellation_signal cancel_;
  std::chrono::steady_clock::time_point request_start_;
  std::chrono::steady_clock::time_point request_end_;
  int num_requests_ = 0;
  bool keep_alive_ = true;  // after the current response
  bool idle_ = false;       // between requests, or only waiting for the client to close
  bool linger_ = false;     // the client may still be sending
};

}  // namespace stemscribe::http
