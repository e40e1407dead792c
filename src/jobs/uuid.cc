#include "jobs/uuid.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace stemscribe::jobs {
namespace {

constexpr std::array<size_t, 4> kDashes = {8, 13, 18, 23};

bool IsDash(size_t position) {
  for (const size_t dash : kDashes) {
    if (dash == position) return true;
  }
  return false;
}

}  // namespace

std::string NewUuid(TimePoint now) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw Error(ErrorCode::kInternal, "the system gives no random bytes");
  }
  const auto time_ms = static_cast<uint64_t>(now.time_since_epoch().count());
  for (size_t i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(time_ms >> (40 - 8 * i));
  bytes[6] = static_cast<unsigned char>(0x70 | (bytes[6] & 0x0f));  // version 7
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3f));  // variant of RFC 9562
  std::string text;
  for (const unsigned char byte : bytes) {
    if (IsDash(text.size())) text += '-';
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (IsDash(i) ? c != '-' : !is_hex) return false;
  }
  return true;
}

}  // namespace stemscribe::jobs
