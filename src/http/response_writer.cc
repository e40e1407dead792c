#include "http/response_writer.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/error.h"

namespace stemscribe::http {

namespace asio = boost::asio;

namespace {

// Up to here a copy is cheaper than a second buffer for the kernel.
constexpr size_t kMaxCopiedBodyBytes = 8 * 1024;

iovec Buffer(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

bool MayHaveBody(int status) { return status >= 200 && status != 204 && status != 304; }

// What the server alone decides.
bool IsFramingField(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {"Content-Length", "Transfer-Encoding",
                                                      "Connection", "Date", "X-Request-ID"};
  for (const std::string_view framing : kNames) {
    if (EqualsIgnoreCase(name, framing)) return true;
  }
  return false;
}

std::optional<uint64_t> LengthOf(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
  if (const auto* file = std::get_if<FileBody>(&response.body)) return file->TotalBytes();
  return std::get<StreamBody>(response.body).length_bytes;
}

}  // namespace

// Frames what a producer writes.
class ResponseWriter::Stream : public ResponseStream {
 public:
  Stream(Channel& channel, bool chunked, std::optional<uint64_t> length, std::stop_token stop)
      : channel_(channel), chunked_(chunked), left_bytes_(length), stop_(std::move(stop)) {}

  asio::awaitable<void> Write(std::string_view data) override {
    if (data.empty()) co_return;
    if (left_bytes_) {
      if (data.size() > *left_bytes_)
        throw Error(ErrorCode::kInternal, "a stream is longer than it said");
      *left_bytes_ -= data.size();
    }
    std::array<char, 20> size_line{};
    const auto size_end =
        fmt::format_to_n(size_line.begin(), size_line.size(), "{:x}\r\n", data.size()).out;
    std::array<iovec, 3> buffers = {Buffer({size_line.begin(), size_end}), Buffer(data),
                                    Buffer("\r\n")};
    const auto used =
        chunked_ ? std::span<iovec>(buffers) : std::span<iovec>(buffers).subspan(1, 1);
    status_ = co_await channel_.Write(used);
    if (status_ != IoStatus::kOk) throw Error(ErrorCode::kCancelled, "the client left");
  }

  asio::awaitable<IoStatus> Finish() {
    if (left_bytes_.value_or(0) > 0)
      throw Error(ErrorCode::kInternal, "a stream is shorter than it said");
    if (chunked_) co_return co_await channel_.Write("0\r\n\r\n");
    co_return IoStatus::kOk;
  }

  std::stop_token stop_token() const override { return stop_; }
  IoStatus status() const { return status_; }

 private:
  Channel& channel_;
  const bool chunked_;
  std::optional<uint64_t> left_bytes_;  // nullopt: any length
  std::stop_token stop_;
  IoStatus status_ = IoStatus::kOk;
};

void ResponseWriter::WriteHead(const Response& response, ResponseFraming& framing, bool* chunked) {
  const auto length = LengthOf(response);
  *chunked = !length && framing.minor_version >= 1;
  const bool ends_with_connection =
      !length && !*chunked && MayHaveBody(response.status) && !framing.is_head;
  if (ends_with_connection) framing.keep_alive = false;

  head_.clear();
  auto out = std::back_inserter(head_);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: ", response.status, ReasonPhrase(response.status));
  head_.append(framing.date).append("\r\nX-Request-ID: ").append(framing.request_id).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (!IsFramingField(name)) head_.append(name).append(": ").append(value).append("\r\n");
  }
  if (MayHaveBody(response.status)) {
    if (length) {
      fmt::format_to(out, "Content-Length: {}\r\n", *length);
    } else if (*chunked) {
      head_.append("Transfer-Encoding: chunked\r\n");
    }
  }
  if (!framing.keep_alive) {
    head_.append("Connection: close\r\n");
  } else if (framing.minor_version == 0) {
    head_.append("Connection: keep-alive\r\n");
  }
  head_.append("\r\n");
}

asio::awaitable<IoStatus> ResponseWriter::Send(Response& response, ResponseFraming& framing,
                                               std::stop_source stop) {
  bool chunked = false;
  WriteHead(response, framing, &chunked);
  if (framing.is_head || !MayHaveBody(response.status)) co_return co_await channel_.Write(head_);
  if (const auto* text = std::get_if<std::string>(&response.body))
    co_return co_await SendText(*text);
  if (const auto* file = std::get_if<FileBody>(&response.body))
    co_return co_await SendFileBody(*file);
  const IoStatus status = co_await channel_.Write(head_);
  if (status != IoStatus::kOk) co_return status;
  co_return co_await SendStream(std::get<StreamBody>(response.body), chunked, stop);
}

asio::awaitable<IoStatus> ResponseWriter::SendText(const std::string& text) {
  if (text.size() <= kMaxCopiedBodyBytes) {
    head_.append(text);
    co_return co_await channel_.Write(head_);
  }
  std::array<iovec, 2> buffers = {Buffer(head_), Buffer(text)};
  co_return co_await channel_.Write(buffers);
}

asio::awaitable<IoStatus> ResponseWriter::SendFileBody(const FileBody& body) {
  for (const FileSlice& slice : body.slices) {
    head_.append(slice.prefix);
    const IoStatus status = co_await channel_.SendFile(head_, *body.file, slice.offset_bytes,
                                                       slice.length_bytes, pool_);
    if (status != IoStatus::kOk) co_return status;
    head_.clear();
  }
  co_return co_await channel_.Write(head_);
}

asio::awaitable<IoStatus> ResponseWriter::SendStream(const StreamBody& body, bool chunked,
                                                     std::stop_source stop) {
  Stream stream(channel_, chunked, body.length_bytes, stop.get_token());
  std::function<void()> on_left = [stop]() mutable { stop.request_stop(); };
  channel_.WatchPeer(on_left);
  std::exception_ptr failure;
  try {
    co_await body.produce(stream);
  } catch (...) {  // the watch must end before the connection goes on with the error
    failure = std::current_exception();
  }
  channel_.StopWatching();
  if (stream.status() != IoStatus::kOk) co_return stream.status();
  if (failure) std::rethrow_exception(failure);
  co_return co_await stream.Finish();
}

}  // namespace stemscribe::http
