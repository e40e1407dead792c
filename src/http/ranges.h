// Byte ranges of a representation (RFC 9110, section 14). Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stemscribe::http {

struct ByteRange {
  uint64_t first = 0;
  uint64_t last = 0;  // inclusive

  uint64_t length_bytes() const { return last - first + 1; }
  bool operator==(const ByteRange&) const = default;
};

struct RangeResult {
  enum class Kind {
    kIgnore,         // malformed, another unit, or abusive: send the whole
    kSatisfiable,    // send `ranges`
    kUnsatisfiable,  // 416
  } kind = Kind::kIgnore;
  std::vector<ByteRange> ranges;  // clipped to the size; those that overlap or touch are one
};

/// Parses "bytes=0-99,-500" for a representation of `size_bytes`. More than `max_ranges` are
/// ignored as an attack.
RangeResult ParseRange(std::string_view header, uint64_t size_bytes, size_t max_ranges = 16);

/// "bytes 0-99/1234".
std::string ContentRange(const ByteRange& range, uint64_t size_bytes);

}  // namespace stemscribe::http
