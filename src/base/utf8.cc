#include "base/utf8.h"

#include <algorithm>

namespace stemscribe {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

/// Takes a character off the front of `text`, which is not empty.
std::string_view TakeCharacter(std::string_view& text) {
  const size_t length = Utf8Length(text);
  const std::string_view character = length == 0 ? kReplacement : text.substr(0, length);
  text.remove_prefix(std::max<size_t>(1, length));
  return character;
}

bool IsControl(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x80) return first < 0x20 || first == 0x7F;
  // U+0080 to U+009F: terminals take one of them for an escape.
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

}  // namespace

size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto in = [&](size_t i, int low, int high) { return byte(i) >= low && byte(i) <= high; };
  const auto tail = [&](size_t i) { return in(i, 0x80, 0xBF); };
  if (text.empty()) return 0;
  if (byte(0) < 0x80) return 1;
  if (in(0, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (in(0, 0xE0, 0xEF)) {
    const int low = byte(0) == 0xE0 ? 0xA0 : 0x80;
    const int high = byte(0) == 0xED ? 0x9F : 0xBF;
    return in(1, low, high) && tail(2) ? 3 : 0;
  }
  if (in(0, 0xF0, 0xF4)) {
    const int low = byte(0) == 0xF0 ? 0x90 : 0x80;
    const int high = byte(0) == 0xF4 ? 0x8F : 0xBF;
    return in(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ToUtf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) valid += TakeCharacter(text);
  return valid;
}

std::string ToPlainLine(std::string_view text, size_t max_bytes) {
  std::string line;
  while (!text.empty()) {
    std::string_view character = TakeCharacter(text);
    if (IsControl(character)) character = " ";
    if (line.size() + character.size() > max_bytes) break;
    line += character;
  }
  return line;
}

}  // namespace stemscribe
