#include "http/body_reader.h"

#include <algorithm>
#include <array>

#include "http/http_error.h"

namespace stemscribe::http {

namespace asio = boost::asio;

namespace {

// Chunks of a byte take six. More is sent only to have it read: extensions that nobody wants.
constexpr uint64_t kMaxWireBytesPerByte = 16;
constexpr uint64_t kFreeWireBytes = 64 * 1024;

}  // namespace

void BodyReader::Begin(uint64_t max_bytes) {
  length_ = parser_.content_length();
  max_bytes_ = max_bytes;
  bytes_read_ = 0;
  wire_bytes_ = 0;
  complete_ = length_ == uint64_t{0};
  continue_wanted_ = parser_.expects_continue() && !complete_;
  client_left_ = false;
  timed_out_ = false;
  pace_time_ = {};
  pace_bytes_ = 0;
}

bool BodyReader::RestIsAtMost(uint64_t max_bytes) const {
  return complete_ || (length_ && !continue_wanted_ && !client_left_ && !timed_out_ &&
                       *length_ - bytes_read_ <= max_bytes);
}

asio::awaitable<size_t> BodyReader::ReadSome(std::span<std::byte> buffer) {
  if (complete_ || buffer.empty()) co_return 0;
  if (length_ && *length_ > max_bytes_)
    throw HttpError(413, ErrorCode::kPayloadTooLarge, "the body is too large");
  if (continue_wanted_) {
    continue_wanted_ = false;
    if (input_.empty()) {  // else the client did not wait
      const IoStatus status = co_await channel_.Write("HTTP/1.1 100 Continue\r\n\r\n");
      client_left_ = status != IoStatus::kOk;
    }
  }
  if (client_left_) throw Error(ErrorCode::kCancelled, "the client left");
  if (length_) co_return co_await ReadPlain(buffer, *length_);
  co_return co_await ReadChunked(buffer);
}

asio::awaitable<size_t> BodyReader::ReadPlain(std::span<std::byte> buffer, uint64_t length) {
  buffer = buffer.first(std::min<uint64_t>(buffer.size(), length - bytes_read_));
  size_t count = std::min(buffer.size(), input_.view().size());
  if (count > 0) {
    std::memcpy(buffer.data(), input_.view().data(), count);
    input_.Consume(count);
  } else {
    // Straight from the kernel to where the handler wants it.
    count = co_await ReadFromSocket({reinterpret_cast<char*>(buffer.data()), buffer.size()});
  }
  Count(count);
  complete_ = bytes_read_ == length;
  co_return count;
}

asio::awaitable<size_t> BodyReader::ReadChunked(std::span<std::byte> buffer) {
  while (true) {
    const MessageParser::Decoded decoded = parser_.DecodeChunked(input_.view(), buffer);
    input_.Consume(decoded.consumed);
    wire_bytes_ += decoded.consumed;
    if (wire_bytes_ > kFreeWireBytes + kMaxWireBytesPerByte * (bytes_read_ + decoded.produced))
      throw HttpError(400, ErrorCode::kInvalidArgument, "the chunks hold hardly anything");
    complete_ = decoded.complete;
    if (decoded.produced > 0 || decoded.complete) {
      Count(decoded.produced);
      co_return decoded.produced;
    }
    if (decoded.consumed > 0) continue;
    const std::span<char> free = input_.Free();
    if (free.empty())
      throw HttpError(400, ErrorCode::kInvalidArgument, "a chunk header is too long");
    input_.Commit(co_await ReadFromSocket(free));
  }
}

asio::awaitable<size_t> BodyReader::ReadFromSocket(std::span<char> buffer) {
  const auto start = Channel::Clock::now();
  size_t count = 0;
  const IoStatus status = co_await channel_.Read(buffer, start + settings_.body_timeout, &count);
  if (status == IoStatus::kTimeout) {
    timed_out_ = true;
    throw HttpError(408, ErrorCode::kInvalidArgument, "the body did not come in time");
  }
  if (status != IoStatus::kOk) {
    client_left_ = true;
    throw Error(ErrorCode::kCancelled, "the client left before its whole body had come");
  }
  CheckPace(Channel::Clock::now() - start, count);
  co_return count;
}

void BodyReader::CheckPace(std::chrono::nanoseconds waited, size_t count) {
  pace_time_ += waited;
  pace_bytes_ += count;
  if (pace_time_ < settings_.body_timeout) return;
  const double seconds = std::chrono::duration<double>(pace_time_).count();
  if (static_cast<double>(pace_bytes_) <
      static_cast<double>(settings_.min_body_bytes_per_sec) * seconds) {
    timed_out_ = true;
    throw HttpError(408, ErrorCode::kInvalidArgument, "the body comes too slowly");
  }
  pace_time_ = {};
  pace_bytes_ = 0;
}

void BodyReader::Count(size_t count) {
  bytes_read_ += count;
  if (bytes_read_ > max_bytes_)
    throw HttpError(413, ErrorCode::kPayloadTooLarge, "the body is too large");
}

asio::awaitable<bool> BodyReader::Discard(uint64_t max_bytes) {
  std::array<std::byte, 4096> buffer{};
  max_bytes_ = std::max(max_bytes_, bytes_read_ + max_bytes);
  try {
    while (!complete_ && bytes_read_ < max_bytes_) {
      const size_t count = co_await ReadSome(buffer);
      if (count == 0) break;
    }
  } catch (const Error&) {  // too slow, malformed or gone: not all of it came
    co_return false;
  }
  co_return complete_;
}

}  // namespace stemscribe::http
