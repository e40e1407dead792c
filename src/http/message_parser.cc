#include "http/message_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <cstring>
#include <string>

#include "http/http_error.h"

namespace stemscribe::http {
namespace {

namespace beast = boost::beast;
using BeastString = beast::string_view;

[[noreturn]] void ThrowBadRequest(const std::string& message) {
  throw HttpError(400, ErrorCode::kInvalidArgument, message);
}

std::string_view ToStd(BeastString text) { return {text.data(), text.size()}; }

// Hands the pieces that Beast finds to us; all state about the body is Beast's.
class BeastParser : public beast::http::basic_parser<true> {
 public:
  explicit BeastParser(RequestHead* head) : head_(head) {
    body_limit(boost::none);  // the body reader has its own
    eager(false);
  }

  std::span<std::byte> out;  // where decoded bytes go
  size_t produced = 0;

 private:
  using ErrorRef = boost::system::error_code&;

  void on_request_impl(beast::http::verb, BeastString method, BeastString target, int version,
                       ErrorRef) override {
    head_->method = ToStd(method);
    head_->target = ToStd(target);
    head_->minor_version = version % 10;
  }
  void on_response_impl(int, BeastString, int, ErrorRef) override {}
  void on_field_impl(beast::http::field, BeastString name, BeastString value, ErrorRef) override {
    if (!is_header_done())
      head_->fields.emplace_back(ToStd(name), ToStd(value));  // trailers are dropped
  }
  void on_header_impl(ErrorRef) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, ErrorRef) override {}
  size_t on_body_impl(BeastString, ErrorRef) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastString extensions, ErrorRef error) override {
    // Within quotes Beast takes any; a proxy in front may see the end of a line there.
    const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; };
    if (std::any_of(extensions.begin(), extensions.end(), is_control)) {
      error = beast::http::error::bad_chunk_extension;
    }
  }
  size_t on_chunk_body_impl(std::uint64_t, BeastString body, ErrorRef) override {
    const size_t count = std::min(body.size(), out.size() - produced);
    if (count > 0) std::memcpy(out.data() + produced, body.data(), count);
    produced += count;
    return count;
  }
  void on_finish_impl(ErrorRef) override {}

  RequestHead* head_;
};

// Whether the request line ends in the version of some other HTTP.
bool IsOtherVersion(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const size_t start = line.rfind(" HTTP/");
  if (start == std::string_view::npos) return false;
  const std::string_view version = line.substr(start + 6);
  return version.size() == 3 && version[0] >= '0' && version[0] <= '9' && version[1] == '.' &&
         version[2] >= '0' && version[2] <= '9' && version != "1.0" && version != "1.1";
}

void CheckTarget(RequestHead& head) {
  auto is_bad = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || c == '#';
  };
  if (std::any_of(head.target.begin(), head.target.end(), is_bad))
    ThrowBadRequest("bad character in the target");
  if (head.target == "*" && head.method == "OPTIONS") return;
  for (const std::string_view scheme :
       {"http://", "https://"}) {  // absolute-form, as sent to proxies
    if (!EqualsIgnoreCase(head.target.substr(0, scheme.size()), scheme)) continue;
    head.target.remove_prefix(scheme.size());
    const size_t path = std::min(head.target.find_first_of("/?"), head.target.size());
    if (path == 0) ThrowBadRequest("the target has no host");
    head.target.remove_prefix(path);
    if (head.target.empty()) head.target = "/";
    break;
  }
  if (!head.target.starts_with('/')) ThrowBadRequest("the target is not a path");
}

// One Host of plausible characters in HTTP/1.1, and no second one in any version.
void CheckHost(const RequestHead& head) {
  size_t count = 0;
  for (const auto& [name, value] : head.fields) {
    if (!EqualsIgnoreCase(name, "Host")) continue;
    ++count;
    if (value.find_first_of(" \t/?#@\\,\"<>") != std::string_view::npos)
      ThrowBadRequest("bad Host");
  }
  if (count > 1 || (count == 0 && head.minor_version >= 1))
    ThrowBadRequest("a request has exactly one Host");
}

// The length of the body; nullopt if it is chunked. Two ways to tell the end of a request are one
// too many: whoever believes the other one can smuggle requests.
std::optional<uint64_t> CheckFraming(const RequestHead& head) {
  std::optional<uint64_t> length;
  bool chunked = false;
  for (const auto& [name, value] : head.fields) {
    if (EqualsIgnoreCase(name, "Content-Length")) {
      uint64_t parsed = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
      if (length || value.empty() || error != std::errc() || end != value.data() + value.size()) {
        ThrowBadRequest("bad Content-Length");
      }
      length = parsed;
    } else if (EqualsIgnoreCase(name, "Transfer-Encoding")) {
      if (chunked || head.minor_version == 0) ThrowBadRequest("bad Transfer-Encoding");
      if (!EqualsIgnoreCase(value, "chunked")) {
        throw HttpError(501, ErrorCode::kInvalidArgument, "this transfer coding is not supported");
      }
      chunked = true;
    }
  }
  if (chunked && length)
    ThrowBadRequest("a request has either Content-Length or Transfer-Encoding");
  return chunked ? std::nullopt : std::optional<uint64_t>(length.value_or(0));
}

bool ExpectsContinue(const RequestHead& head) {
  if (head.minor_version == 0) return false;
  for (const auto& [name, value] : head.fields) {
    if (!EqualsIgnoreCase(name, "Expect")) continue;
    if (EqualsIgnoreCase(value, "100-continue")) return true;
    throw HttpError(417, ErrorCode::kInvalidArgument, "only 100-continue can be expected");
  }
  return false;
}

}  // namespace

void HeadScanner::Reset() {
  scanned_ = 0;
  line_start_ = 0;
  num_lines_ = 0;
}

std::optional<size_t> HeadScanner::Scan(std::string_view buffered) {
  while (true) {
    const size_t newline = buffered.find('\n', scanned_);
    const size_t end = newline == std::string_view::npos ? buffered.size() : newline + 1;
    if (end > max_bytes_) {
      if (num_lines_ == 0)
        throw HttpError(414, ErrorCode::kPayloadTooLarge, "the request target is too long");
      throw HttpError(431, ErrorCode::kPayloadTooLarge, "the request headers are too long");
    }
    scanned_ = end;
    if (newline == std::string_view::npos) return std::nullopt;
    if (newline == line_start_ || buffered[newline - 1] != '\r')
      ThrowBadRequest("a line does not end in CR LF");
    if (newline == line_start_ + 1) return end;
    const char first = buffered[line_start_];
    if (num_lines_ > 0 && (first == ' ' || first == '\t'))
      ThrowBadRequest("folded header lines are not allowed");
    if (num_lines_++ > max_fields_) {
      throw HttpError(431, ErrorCode::kPayloadTooLarge, "the request has too many headers");
    }
    line_start_ = end;
  }
}

struct MessageParser::Impl {
  /// That of the head that was parsed last.
  BeastParser& current() { return *parser; }  // NOLINT(bugprone-unchecked-optional-access)

  std::optional<BeastParser> parser;
  std::optional<uint64_t> content_length;
  bool expects_continue = false;
};

MessageParser::MessageParser() : impl_(std::make_unique<Impl>()) {}
MessageParser::~MessageParser() = default;

void MessageParser::ParseHead(RequestHead& head) {
  head.fields.clear();
  head.method = {};
  head.target = {};
  head.minor_version = 1;
  BeastParser& parser = impl_->parser.emplace(&head);
  parser.header_limit(static_cast<std::uint32_t>(head.bytes.size() + 1));
  boost::system::error_code error;
  // The request line and the fields are separate steps of a parser that is not eager.
  parser.put(boost::asio::buffer(head.bytes), error);
  if (error) {
    if (IsOtherVersion(head.bytes)) {
      throw HttpError(505, ErrorCode::kInvalidArgument, "this server speaks HTTP/1.0 and HTTP/1.1");
    }
    ThrowBadRequest("malformed request: " + error.message());
  }
  if (!parser.is_header_done()) ThrowBadRequest("malformed request");
  CheckTarget(head);
  CheckHost(head);
  impl_->content_length = CheckFraming(head);
  impl_->expects_continue = ExpectsContinue(head);
}

bool MessageParser::keep_alive() const { return impl_->current().keep_alive(); }
bool MessageParser::expects_continue() const { return impl_->expects_continue; }
std::optional<uint64_t> MessageParser::content_length() const { return impl_->content_length; }

MessageParser::Decoded MessageParser::DecodeChunked(std::string_view in, std::span<std::byte> out) {
  BeastParser& parser = impl_->current();
  parser.out = out;
  parser.produced = 0;
  Decoded decoded;
  boost::system::error_code error;
  while (!parser.is_done() && decoded.consumed < in.size() && parser.produced < out.size()) {
    const size_t count = parser.put(
        boost::asio::buffer(in.data() + decoded.consumed, in.size() - decoded.consumed), error);
    decoded.consumed += count;
    if (error == beast::http::error::need_more) break;
    if (error) ThrowBadRequest("malformed chunked body: " + error.message());
  }
  decoded.produced = parser.produced;
  decoded.complete = parser.is_done();
  return decoded;
}

}  // namespace stemscribe::http
