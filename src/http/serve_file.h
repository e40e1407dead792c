// Complete and correct responses for files: validators, preconditions, byte ranges, HEAD, names,
// caching.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "http/blocking_pool.h"
#include "http/request.h"
#include "http/response.h"

namespace stemscribe::http {

struct FileOptions {
  std::string content_type = "application/octet-stream";
  std::string etag;           // as sent, with quotes; empty: made of size and modification time
  std::string cache_control;  // empty: the header is left out
  std::string
      download_name;  // UTF-8; sets Content-Disposition: attachment (or inline); empty: left out
  bool inline_disposition = false;
};

/// Answers GET and HEAD with the file: 200, 206 (one range, or multipart/byteranges) or 304. The
/// file is opened on the pool. Throws Error{kNotFound} if there is no such regular file, Error{kIo}
/// if it cannot be opened, and HttpError for 412 and 416.
boost::asio::awaitable<Response> ServeFile(const Request& request, std::filesystem::path path,
                                           FileOptions options, BlockingPool& pool);

/// As ServeFile, for a file that is gzip on disk and content_type inside: sent as it is, with
/// Content-Encoding, to clients that take it (ranges are then ranges of the compressed bytes), and
/// decompressed on the way for others.
boost::asio::awaitable<Response> ServeGzipFile(const Request& request, std::filesystem::path path,
                                               FileOptions options, BlockingPool& pool);

/// A representation that is no file here, in pieces from front to back.
struct ByteSource {
  /// Fills the buffer as far as the bytes go; 0 at their end. Blocks; may throw.
  using Reader = std::function<size_t(std::span<std::byte>)>;

  uint64_t size_bytes = 0;
  std::optional<std::chrono::sys_seconds> last_modified{};
  /// Reads `count` bytes from `first` on. Blocks; what it throws becomes the answer.
  std::function<Reader(uint64_t first, uint64_t count)> open{};
};

/// As ServeFile, but a request for more than one range gets the whole. options.etag must be set.
boost::asio::awaitable<Response> ServeSource(const Request& request, ByteSource source,
                                             FileOptions options, BlockingPool& pool);

}  // namespace stemscribe::http
