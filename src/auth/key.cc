#include "auth/key.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/error.h"
#include "base/sha256.h"

namespace stemscribe::auth {
namespace {

constexpr std::string_view kPrefix = "sts_";
constexpr size_t kSecretBytes = 24;
constexpr size_t kSecretDigits = 2 * kSecretBytes;
constexpr size_t kCheckDigits = 8;

std::string Sha256Of(std::string_view text) {
  Sha256 sha;
  sha.Update(std::as_bytes(std::span(text)));
  return sha.FinishHex();
}

std::string Check(std::string_view secret) { return Sha256Of(secret).substr(0, kCheckDigits); }

}  // namespace

std::string NewToken() {
  std::array<uint8_t, kSecretBytes> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw Error(ErrorCode::kInternal, fmt::format("no random bytes: {}", std::strerror(errno)));
  }
  std::string token(kPrefix);
  for (const uint8_t byte : bytes) token += fmt::format("{:02x}", byte);
  return token + Check(token);
}

bool LooksLikeToken(std::string_view text) {
  if (text.size() != kPrefix.size() + kSecretDigits + kCheckDigits) return false;
  const size_t secret = text.size() - kCheckDigits;
  return text.starts_with(kPrefix) && text.substr(secret) == Check(text.substr(0, secret));
}

std::string HashToken(std::string_view token) { return Sha256Of(token); }

}  // namespace stemscribe::auth
