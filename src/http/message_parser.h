// The wire format of requests: finding the end of a head, parsing it strictly, and decoding chunked
// bodies (RFC 9112). Internal to http/. The grammar is Beast's; the checks against request
// smuggling come on top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "http/request.h"

namespace stemscribe::http {

/// Finds the end of a head in a buffer that grows. Each byte is looked at once.
class HeadScanner {
 public:
  HeadScanner(size_t max_bytes, size_t max_fields)
      : max_bytes_(max_bytes), max_fields_(max_fields) {}

  /// For the next head.
  void Reset();

  /// `buffered` begins with the head, and with what was given before. Returns the length of the
  /// head with its empty line, or nullopt if more is needed. Throws HttpError 400 (bare LF, folded
  /// line), 414 or 431 (too long).
  std::optional<size_t> Scan(std::string_view buffered);

 private:
  const size_t max_bytes_;
  const size_t max_fields_;
  size_t scanned_ = 0;
  size_t line_start_ = 0;
  size_t num_lines_ = 0;
};

/// Parses one message after the other. Not thread-safe.
class MessageParser {
 public:
  MessageParser();
  ~MessageParser();
  MessageParser(const MessageParser&) = delete;
  MessageParser& operator=(const MessageParser&) = delete;

  /// Parses `head.bytes`, a complete head, and sets the rest of `head`. Throws HttpError 400, 501
  /// (transfer coding) or 505; `head` has then what was understood.
  void ParseHead(RequestHead& head);

  /// What the last head said.
  bool keep_alive() const;
  bool expects_continue() const;
  std::optional<uint64_t> content_length() const;  // nullopt: chunked

  struct Decoded {
    size_t consumed = 0;
    size_t produced = 0;
    bool complete = false;
  };

  /// Decodes some of a chunked body. If nothing is consumed or produced, more input is needed,
  /// after what is there. Throws HttpError 400.
  Decoded DecodeChunked(std::string_view in, std::span<std::byte> out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::http
