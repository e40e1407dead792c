// Puts a response on the wire. Internal to http/.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <stop_token>
#include <string>

#include "http/channel.h"
#include "http/response.h"

namespace stemscribe::http {

/// How the connection wants a response framed.
struct ResponseFraming {
  int minor_version = 1;   // of the request
  bool is_head = false;    // send no body
  bool keep_alive = true;  // may be turned off by a body whose end only the closed connection shows
  std::string_view date;
  std::string_view request_id;
};

/// A part of its connection. Sends one response after the other.
class ResponseWriter {
 public:
  ResponseWriter(Channel& channel, BlockingPool& pool) : channel_(channel), pool_(pool) {}

  /// Sends all of it. kOk: the connection may go on if `framing.keep_alive` says so still. `stop`
  /// is requested when the client of a stream leaves. Throws what the producer of a stream throws;
  /// the connection is then to be cut.
  boost::asio::awaitable<IoStatus> Send(Response& response, ResponseFraming& framing,
                                        std::stop_source stop);

 private:
  class Stream;

  void WriteHead(const Response& response, ResponseFraming& framing, bool* chunked);
  boost::asio::awaitable<IoStatus> SendText(const std::string& text);
  boost::asio::awaitable<IoStatus> SendFileBody(const FileBody& body);
  boost::asio::awaitable<IoStatus> SendStream(const StreamBody& body, bool chunked,
                                              std::stop_source stop);

  Channel& channel_;
  BlockingPool& pool_;
  std::string head_;  // kept for its storage
};

}  // namespace stemscribe::http
