// Text that comes from elsewhere, and is to be UTF-8. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stemscribe {

/// The length of the well-formed UTF-8 sequence at the front of `text` (Unicode standard, table
/// 3-7); 0 if there is none.
size_t Utf8Length(std::string_view text);

bool IsUtf8(std::string_view text);

/// `text`, in which each byte that belongs to no well-formed sequence is replaced by U+FFFD.
std::string ToUtf8(std::string_view text);

/// As much of ToUtf8(text) as has `max_bytes`, on one line: control characters become spaces.
std::string ToPlainLine(std::string_view text, size_t max_bytes);

}  // namespace stemscribe
