// A streaming parser of multipart/form-data (RFC 7578, RFC 2046): bytes go in, in pieces of any
// size; parts come out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stemscribe::http {

struct MultipartLimits {
  size_t max_parts = 32;
  size_t max_part_header_bytes = 8 * 1024;
};

/// The headers of one part.
struct PartInfo {
  std::string name;
  std::optional<std::string>
      filename;  // filename*=UTF-8'' if given and valid, else filename; just data, never a path
  std::string content_type;  // empty if not given
};

/// What to do with the parts. A callback may throw; the parser must not be used after that.
struct MultipartCallbacks {
  std::function<void(const PartInfo&)> on_part;
  /// Some bytes of the part; they point into the caller's data or the parser, and are valid during
  /// the call only.
  std::function<void(std::span<const std::byte>)> on_data;
  std::function<void()> on_part_end;
};

/// The boundary of a Content-Type header. Throws HttpError 415 if it is not multipart/form-data,
/// 400 if the boundary is missing or not one that RFC 2046 allows.
std::string MultipartBoundary(std::string_view content_type);

/// A push parser in linear time and constant memory (a boundary and one part's headers). Not
/// thread-safe.
class MultipartParser {
 public:
  MultipartParser(std::string_view boundary, MultipartLimits limits, MultipartCallbacks callbacks);

  /// Parses the next bytes. Throws HttpError 400 if they are malformed or over a limit.
  void Push(std::span<const std::byte> data);

  /// Throws HttpError 400 unless the closing boundary was seen.
  void Finish() const;

 private:
  enum class State { kPreamble, kAfterBoundary, kHeaders, kData, kEpilogue };

  void FindDelimiter(std::string_view& in, bool emit);
  void KeepTail(std::string_view data, bool emit);
  void OnDelimiter(bool ends_part);
  void ReadBoundaryLine(std::string_view& in);
  void ReadHeaders(std::string_view& in);
  void Emit(std::string_view data);

  std::string delimiter_;  // CRLF "--" boundary
  MultipartLimits limits_;
  MultipartCallbacks callbacks_;
  State state_ = State::kPreamble;
  std::string pending_;  // what may be the start of a delimiter, the rest of its line, or
                         // unfinished headers
  size_t num_parts_ = 0;
};

}  // namespace stemscribe::http
