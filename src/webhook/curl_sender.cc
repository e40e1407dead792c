#include "webhook/curl_sender.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <mutex>

#include "base/error.h"

namespace stemscribe::webhook {
namespace {

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeText {
  void operator()(char* text) const { curl_free(text); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using Url = std::unique_ptr<CURLU, FreeUrl>;

constexpr size_t kMaxResponseBytes = 64 * 1024;  // nobody reads it

/// `bits` leading bits of both are the same.
bool HasPrefix(uint32_t address, uint32_t network, int bits) {
  return (address ^ network) >> (32 - bits) == 0;
}

struct Network {
  uint32_t address;
  int bits;
};

// What the IANA special-purpose registry lists as not globally reachable, and multicast.
constexpr std::array<Network, 15> kNotPublic = {{{0x00000000, 8},    // this network
                                                 {0x0a000000, 8},    // private
                                                 {0x64400000, 10},   // carrier-grade NAT
                                                 {0x7f000000, 8},    // loopback
                                                 {0xa9fe0000, 16},   // link-local, cloud metadata
                                                 {0xac100000, 12},   // private
                                                 {0xc0000000, 24},   // IETF protocols
                                                 {0xc0000200, 24},   // documentation
                                                 {0xc0586300, 24},   // 6to4 relays
                                                 {0xc0a80000, 16},   // private
                                                 {0xc6120000, 15},   // benchmarks
                                                 {0xc6336400, 24},   // documentation
                                                 {0xcb007100, 24},   // documentation
                                                 {0xe0000000, 4},    // multicast
                                                 {0xf0000000, 4}}};  // reserved, broadcast

bool IsPublicIpv4(uint32_t address) {
  for (const Network& network : kNotPublic) {
    if (HasPrefix(address, network.address, network.bits)) return false;
  }
  return true;
}

uint32_t Ipv4At(const std::array<uint8_t, 16>& bytes, size_t offset) {
  return uint32_t{bytes[offset]} << 24 | uint32_t{bytes[offset + 1]} << 16 |
         uint32_t{bytes[offset + 2]} << 8 | uint32_t{bytes[offset + 3]};
}

bool IsPublicIpv6(const std::array<uint8_t, 16>& bytes) {
  constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin()) ||
      std::equal(kNat64.begin(), kNat64.end(), bytes.begin())) {
    return IsPublicIpv4(Ipv4At(bytes, 12));
  }
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return IsPublicIpv4(Ipv4At(bytes, 2));  // 6to4
  const bool is_global_unicast = (bytes[0] & 0xe0) == 0x20;                         // 2000::/3
  const bool is_documentation =
      bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8;
  const bool is_protocol = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02;  // Teredo, …
  return is_global_unicast && !is_documentation && !is_protocol;
}

/// Called by libcurl with the address it is about to connect to: after the name was resolved, so
/// that a name that changes its mind (DNS rebinding) gains nothing.
curl_socket_t OpenPublicSocket(void* client, curlsocktype, curl_sockaddr* address) {
  const bool allow_private = *static_cast<const bool*>(client);
  if (!allow_private && !IsPublicAddress(address->addr)) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

size_t DropResponse(char*, size_t size, size_t count, void* received) {
  auto& total = *static_cast<size_t*>(received);
  total += size * count;
  return total > kMaxResponseBytes ? 0 : size * count;
}

Error UrlError(const std::string& message) {
  return Error(ErrorCode::kInvalidArgument, "the callback URL cannot be used",
               {{"callback_url", message}});
}

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  return std::unique_ptr<char, FreeText>(text).get();
}

/// Whether `host` is the text of an address that is not public.
bool IsPrivateLiteral(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (const size_t zone = host.find('%'); zone != std::string::npos) host.resize(zone);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    return !IsPublicAddress(reinterpret_cast<const sockaddr&>(v4));
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  return inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1 &&
         !IsPublicAddress(reinterpret_cast<const sockaddr&>(v6));
}

}  // namespace

bool IsPublicAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    return IsPublicIpv4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    std::array<uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return IsPublicIpv6(bytes);
  }
  return false;
}

CurlSender::CurlSender(CurlSenderSettings settings) : settings_(settings) {
  // Counted by libcurl, and thread-safe in it since 7.84.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw Error(ErrorCode::kInternal, "libcurl cannot be started");
  }
}

CurlSender::~CurlSender() { curl_global_cleanup(); }

void CurlSender::CheckUrl(const std::string& url) const {
  const Url parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    throw UrlError("must be a URL");
  }
  const std::string scheme = PartOf(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") throw UrlError("must begin with http:// or https://");
  if (!PartOf(parsed.get(), CURLUPART_USER).empty() ||
      !PartOf(parsed.get(), CURLUPART_PASSWORD).empty()) {
    throw UrlError("must not have a user name or password");
  }
  const std::string host = PartOf(parsed.get(), CURLUPART_HOST);
  const bool is_local = host == "localhost" || host.ends_with(".localhost");
  if (!settings_.allow_private && (is_local || IsPrivateLiteral(host))) {
    throw UrlError("must be reachable from the public internet");
  }
}

jobs::WebhookResponse CurlSender::Send(const jobs::WebhookRequest& request) {
  const Easy easy(curl_easy_init());
  if (!easy) return {.status = 0, .error = "libcurl gives no handle"};
  std::unique_ptr<curl_slist, FreeList> headers;
  for (const std::string& header : request.headers) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  }
  bool allow_private = settings_.allow_private;
  size_t received = 0;
  std::array<char, CURL_ERROR_SIZE> reason{};
  CURL* handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // a proxy of the environment would connect for us
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "stemscribe");
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, long{settings_.connect_timeout.count()});
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, long{settings_.total_timeout.count()});
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, OpenPublicSocket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &allow_private);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, DropResponse);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason.data());
  const CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  // An answer whose body is too long is an answer.
  const bool has_answer = code == CURLE_OK || (code == CURLE_WRITE_ERROR && status > 0);
  if (has_answer) return {.status = static_cast<int>(status), .error = {}};
  const std::string why = reason[0] != '\0' ? reason.data() : curl_easy_strerror(code);
  return {.status = 0, .error = why};
}

}  // namespace stemscribe::webhook
