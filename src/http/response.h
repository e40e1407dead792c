// What a handler answers: status, headers, and a body that is text, slices of a file, or a stream.
//
// The server adds Date, Content-Length or Transfer-Encoding, Connection, X-Request-ID, Vary and the
// CORS headers, leaves the body out for HEAD, 204 and 304, and compresses text bodies where the
// client takes it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/headers.h"

namespace stemscribe::http {

/// An open file for reading; closed with its last owner. Immutable, thread-safe.
class OpenFile {
 public:
  /// Takes over the descriptor.
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

/// A part of a file, with text to send before it (the part headers of multipart/byteranges).
struct FileSlice {
  std::string prefix;
  uint64_t offset_bytes = 0;
  uint64_t length_bytes = 0;
};

/// Sent from the page cache to the socket without passing through this process where the transport
/// allows it.
struct FileBody {
  std::shared_ptr<const OpenFile> file;
  std::vector<FileSlice> slices;

  uint64_t TotalBytes() const;
};

/// The writing end of a streamed response; lives while the producer runs.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  /// Sends `data` and waits until the kernel took it, so a slow client slows the producer down.
  /// Throws Error{kCancelled} once the client left or is too slow.
  virtual boost::asio::awaitable<void> Write(std::string_view data) = 0;

  /// Stops when the client leaves, or the server drains: the producer should end soon. Await
  /// http::Wakeup with it.
  virtual std::stop_token stop_token() const = 0;
};

/// `produce` is kept alive while it runs, so a capturing lambda coroutine is fine. If it throws,
/// the connection is cut, so that the client cannot take half a body for a whole one.
struct StreamBody {
  std::function<boost::asio::awaitable<void>(ResponseStream&)> produce;
  std::optional<uint64_t> length_bytes;  // sent as Content-Length if known, else chunked
};

struct Response {
  int status = 200;
  Headers headers;
  std::variant<std::string, FileBody, StreamBody> body;

  static Response Json(int status, std::string body);
  static Response Text(int status, std::string body,
                       std::string_view content_type = "text/plain; charset=utf-8");
  static Response NoContent();
  static Response Stream(std::string_view content_type, StreamBody body);
  /// A stream of server-sent events, with the headers that keep caches and proxies out of its way.
  static Response EventStream(std::function<boost::asio::awaitable<void>(ResponseStream&)> produce);
};

/// "OK", "Not Found", …; "Unknown" for what IANA does not list.
std::string_view ReasonPhrase(int status);

}  // namespace stemscribe::http
