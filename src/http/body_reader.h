// The body of the request that a connection is at: framing, limits, pace, and "100 Continue".
// Internal to http/.
#pragma once

#include <chrono>
#include <optional>

#include "http/channel.h"
#include "http/input_buffer.h"
#include "http/message_parser.h"
#include "http/server.h"

namespace stemscribe::http {

/// A part of its connection, which owns what it refers to.
class BodyReader : public BodySource {
 public:
  BodyReader(const ServerSettings& settings, Channel& channel, InputBuffer& input,
             MessageParser& parser)
      : settings_(settings), channel_(channel), input_(input), parser_(parser) {}

  /// For the request whose head the parser has just parsed.
  void Begin(uint64_t max_bytes);

  boost::asio::awaitable<size_t> ReadSome(std::span<std::byte> buffer) override;
  void SetLimit(uint64_t max_bytes) override { max_bytes_ = max_bytes; }

  /// Reads and drops up to `max_bytes` of the body; true if that was all of it.
  boost::asio::awaitable<bool> Discard(uint64_t max_bytes);

  /// Whether the rest of the body is certain to come, and is at most `max_bytes`.
  bool RestIsAtMost(uint64_t max_bytes) const;

  bool complete() const { return complete_; }
  /// The connection is of no use to answer on.
  bool client_left() const { return client_left_; }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  boost::asio::awaitable<size_t> ReadFromSocket(std::span<char> buffer);
  boost::asio::awaitable<size_t> ReadPlain(std::span<std::byte> buffer, uint64_t length);
  boost::asio::awaitable<size_t> ReadChunked(std::span<std::byte> buffer);
  void CheckPace(std::chrono::nanoseconds waited, size_t count);
  void Count(size_t count);

  const ServerSettings& settings_;
  Channel& channel_;
  InputBuffer& input_;
  MessageParser& parser_;

  std::optional<uint64_t> length_;  // nullopt: chunked
  uint64_t max_bytes_ = 0;
  uint64_t bytes_read_ = 0;
  uint64_t wire_bytes_ = 0;  // of a chunked body, with all that is not the body itself
  bool complete_ = true;
  bool continue_wanted_ = false;
  bool client_left_ = false;
  bool timed_out_ = false;                // what comes now may be the rest or another request
  std::chrono::nanoseconds pace_time_{};  // spent waiting since the pace was last checked
  uint64_t pace_bytes_ = 0;
};

}  // namespace stemscribe::http
