#include "storage/s3/sigv4.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

#include "base/error.h"
#include "base/sha256.h"

namespace stemscribe::storage {
namespace {

constexpr char kAlgorithm[] = "AWS4-HMAC-SHA256";
constexpr char kUnsignedPayload[] = "UNSIGNED-PAYLOAD";
constexpr size_t kDateLength = 8;  // of "20130524T000000Z"

std::string Hmac(std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, data.size(),
           digest.data(), &size) == nullptr) {
    throw Error(ErrorCode::kInternal, "HMAC-SHA-256 failed");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string Timestamp(jobs::TimePoint time) {
  const std::time_t sec =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(sec));
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

struct CanonicalHeaders {
  std::string block;  // "host:…\nrange:…\n"
  std::string names;  // "host;range"
};

CanonicalHeaders Canonical(const RequestToSign& request) {
  NameValues headers{{"host", request.host}};
  for (const auto& [name, value] : request.headers) headers.emplace_back(Lower(name), value);
  std::sort(headers.begin(), headers.end());
  CanonicalHeaders canonical;
  for (const auto& [name, value] : headers) {
    canonical.block.append(name).append(":").append(value).append("\n");
    canonical.names.append(canonical.names.empty() ? "" : ";").append(name);
  }
  return canonical;
}

std::string Scope(const Signer& signer, const std::string& timestamp) {
  return fmt::format("{}/{}/s3/aws4_request", timestamp.substr(0, kDateLength), signer.region);
}

std::string Signature(const Signer& signer, const RequestToSign& request,
                      const CanonicalHeaders& headers, const std::string& payload_hash,
                      const std::string& timestamp) {
  const std::string canonical_request =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, UriEncode(request.path, true),
                  EncodeQuery(request.query), headers.block, headers.names, payload_hash);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, timestamp,
                                          Scope(signer, timestamp), Sha256Hex(canonical_request));
  std::string key = "AWS4" + signer.credentials.secret_access_key;
  for (const std::string_view part :
       {std::string_view(timestamp).substr(0, kDateLength), std::string_view(signer.region),
        std::string_view("s3"), std::string_view("aws4_request")}) {
    key = Hmac(key, part);
  }
  return Hex(Hmac(key, to_sign));
}

}  // namespace

std::string UriEncode(std::string_view text, bool keep_slash) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (byte < 0x80 && std::isalnum(byte) != 0) || c == '-' || c == '.' ||
                          c == '_' || c == '~' || (c == '/' && keep_slash);
    encoded += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

std::string EncodeQuery(const NameValues& query) {
  NameValues encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(UriEncode(name, false), UriEncode(value, false));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return text;
}

std::string Sha256Hex(std::string_view data) {
  Sha256 hash;
  hash.Update(std::as_bytes(std::span(data)));
  return hash.FinishHex();
}

NameValues SignHeaders(const Signer& signer, const RequestToSign& request,
                       const std::string& payload_hash, jobs::TimePoint now) {
  const std::string timestamp = Timestamp(now);
  RequestToSign with_ours = request;
  with_ours.headers.emplace_back("x-amz-content-sha256", payload_hash);
  with_ours.headers.emplace_back("x-amz-date", timestamp);
  if (!signer.credentials.session_token.empty()) {
    with_ours.headers.emplace_back("x-amz-security-token", signer.credentials.session_token);
  }
  const CanonicalHeaders headers = Canonical(with_ours);
  with_ours.headers.emplace_back(
      "Authorization",
      fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                  signer.credentials.access_key_id, Scope(signer, timestamp), headers.names,
                  Signature(signer, with_ours, headers, payload_hash, timestamp)));
  return with_ours.headers;
}

std::string PresignQuery(const Signer& signer, const RequestToSign& request,
                         std::chrono::seconds lifetime, jobs::TimePoint now) {
  const std::string timestamp = Timestamp(now);
  RequestToSign with_ours = request;
  NameValues& query = with_ours.query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential",
                     signer.credentials.access_key_id + "/" + Scope(signer, timestamp));
  query.emplace_back("X-Amz-Date", timestamp);
  query.emplace_back("X-Amz-Expires", std::to_string(lifetime.count()));
  query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!signer.credentials.session_token.empty()) {
    query.emplace_back("X-Amz-Security-Token", signer.credentials.session_token);
  }
  const std::string signature =
      Signature(signer, with_ours, Canonical(with_ours), kUnsignedPayload, timestamp);
  return EncodeQuery(query) + "&X-Amz-Signature=" + signature;
}

}  // namespace stemscribe::storage
