#include "http/multipart.h"

#include <cstring>
#include <utility>

#include "http/content_disposition.h"
#include "http/http_error.h"

namespace stemscribe::http {
namespace {

constexpr size_t kMaxPaddingBytes = 128;  // blanks after a boundary, before its line ends

[[noreturn]] void ThrowMalformed(const std::string& message) {
  throw HttpError(400, ErrorCode::kInvalidArgument, "malformed multipart body: " + message);
}

bool IsBoundaryChar(char c) {
  constexpr std::string_view kPunctuation = "'()+_,-./:=? ";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kPunctuation.find(c) != std::string_view::npos;
}

PartInfo ParsePartHeaders(std::string_view lines) {
  PartInfo part;
  bool has_name = false;
  while (!lines.empty()) {
    const size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    const size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) ThrowMalformed("a part header has no name");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = TrimBlanks(line.substr(colon + 1));
    if (EqualsIgnoreCase(name, "Content-Type")) part.content_type = value;
    if (!EqualsIgnoreCase(name, "Content-Disposition")) continue;
    if (!EqualsIgnoreCase(TrimBlanks(value.substr(0, value.find(';'))), "form-data")) {
      ThrowMalformed("a part is not form-data");
    }
    const auto field = HeaderParameter(value, "name");
    if (!field) ThrowMalformed("a part has no name");
    has_name = true;
    part.name = *field;
    part.filename = HeaderParameter(value, "filename*");
    if (!part.filename) part.filename = HeaderParameter(value, "filename");
  }
  if (!has_name) ThrowMalformed("a part has no Content-Disposition");
  return part;
}

}  // namespace

std::string MultipartBoundary(std::string_view content_type) {
  if (!EqualsIgnoreCase(TrimBlanks(content_type.substr(0, content_type.find(';'))),
                        "multipart/form-data")) {
    throw HttpError(415, ErrorCode::kUnsupportedMediaType, "the body must be multipart/form-data");
  }
  auto boundary = HeaderParameter(content_type, "boundary");
  bool valid =
      boundary && !boundary->empty() && boundary->size() <= 70 && !boundary->ends_with(' ');
  if (valid) {
    for (const char c : *boundary) valid = valid && IsBoundaryChar(c);
  }
  if (!valid) ThrowMalformed("the boundary is missing or not valid");
  return std::move(*boundary);
}

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits,
                                 MultipartCallbacks callbacks)
    : delimiter_("\r\n--" + std::string(boundary)),
      limits_(limits),
      callbacks_(std::move(callbacks)) {
  pending_ = "\r\n";  // so that a boundary at the very start looks like every other
}

void MultipartParser::Push(std::span<const std::byte> data) {
  std::string_view in(reinterpret_cast<const char*>(data.data()), data.size());
  while (!in.empty()) {
    switch (state_) {
      case State::kPreamble:
        FindDelimiter(in, false);
        break;
      case State::kAfterBoundary:
        ReadBoundaryLine(in);
        break;
      case State::kHeaders:
        ReadHeaders(in);
        break;
      case State::kData:
        FindDelimiter(in, true);
        break;
      case State::kEpilogue:
        return;  // to be ignored
    }
  }
}

void MultipartParser::Finish() const {
  if (state_ != State::kEpilogue) ThrowMalformed("it ends before its closing boundary");
}

void MultipartParser::FindDelimiter(std::string_view& in, bool emit) {
  if (!pending_.empty()) {
    // A delimiter that began in the bytes before must end in the first few of these.
    const std::string_view some = in.substr(0, delimiter_.size());
    const std::string joined = pending_ + std::string(some);
    const size_t found = joined.find(delimiter_);
    if (found == std::string::npos && some.size() == delimiter_.size()) {
      if (emit) Emit(pending_);
      pending_.clear();
    } else if (found == std::string::npos) {
      in.remove_prefix(some.size());
      return KeepTail(joined, emit);
    } else {
      in.remove_prefix(found + delimiter_.size() - pending_.size());
      if (emit) Emit(std::string_view(joined).substr(0, found));
      return OnDelimiter(emit);
    }
  }
  const void* match = memmem(in.data(), in.size(), delimiter_.data(), delimiter_.size());
  if (match == nullptr) return KeepTail(std::exchange(in, {}), emit);
  const auto length = static_cast<size_t>(static_cast<const char*>(match) - in.data());
  if (emit) Emit(in.substr(0, length));
  in.remove_prefix(length + delimiter_.size());
  OnDelimiter(emit);
}

// Emits all but what may be the start of a delimiter. Its only CR is its first byte, so only the
// last CR can start one.
void MultipartParser::KeepTail(std::string_view data, bool emit) {
  size_t keep = 0;
  const size_t cr = data.rfind('\r');
  if (cr != std::string_view::npos && delimiter_.starts_with(data.substr(cr)))
    keep = data.size() - cr;
  if (emit) Emit(data.substr(0, data.size() - keep));
  pending_.assign(data.substr(data.size() - keep));
}

void MultipartParser::OnDelimiter(bool ends_part) {
  pending_.clear();
  if (ends_part) callbacks_.on_part_end();
  state_ = State::kAfterBoundary;
}

void MultipartParser::ReadBoundaryLine(std::string_view& in) {
  while (!in.empty()) {
    pending_.push_back(in.front());
    in.remove_prefix(1);
    if (pending_ == "--") {
      state_ = State::kEpilogue;
      return;
    }
    if (pending_.back() == '\n') {
      if (!pending_.ends_with("\r\n") || pending_.find_first_not_of(" \t") != pending_.size() - 2) {
        ThrowMalformed("a boundary is followed by other text");
      }
      pending_.clear();
      state_ = State::kHeaders;
      return;
    }
    if (pending_.size() > kMaxPaddingBytes) ThrowMalformed("a boundary is followed by other text");
  }
}

void MultipartParser::ReadHeaders(std::string_view& in) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const size_t old_size = pending_.size();
  const size_t room = limits_.max_part_header_bytes + kEnd.size() - old_size;
  pending_.append(in.substr(0, room));
  const size_t end = pending_.find(kEnd, old_size < kEnd.size() ? 0 : old_size - (kEnd.size() - 1));
  if (end == std::string::npos) {
    if (in.size() >= room) ThrowMalformed("the headers of a part are too long");
    in = {};
    return;
  }
  in.remove_prefix(end + kEnd.size() - old_size);
  if (++num_parts_ > limits_.max_parts) ThrowMalformed("it has too many parts");
  const PartInfo part = ParsePartHeaders(std::string_view(pending_).substr(0, end + 2));
  pending_.clear();
  state_ = State::kData;
  callbacks_.on_part(part);
}

void MultipartParser::Emit(std::string_view data) {
  if (!data.empty()) callbacks_.on_data(std::as_bytes(std::span(data)));
}

}  // namespace stemscribe::http
