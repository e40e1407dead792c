#include "http/trusted_proxies.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "http/client_network.h"
#include "http/headers.h"

namespace stemscribe::http {
namespace {

namespace ip = boost::asio::ip;

constexpr int kMappedBits = 96;  // what an IPv4 address has before it as IPv6

/// With a port, perhaps: "192.0.2.1:80", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<ip::address> ReadHop(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    return ReadAddress(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return ReadAddress(text);
}

ip::address_v6 ToV6(const ip::address& address) {
  return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

bool IsFor(std::string_view name) {
  constexpr std::string_view kFor = "for";
  return std::equal(name.begin(), name.end(), kFor.begin(), kFor.end(),
                    [](char a, char b) { return (a | 0x20) == b; });
}

/// The hops of a Forwarded header; a hop without "for" is an empty text, which is no address. No
/// quoted value of an address has a comma or semicolon in it, so cutting at them is enough.
std::vector<std::string_view> HopsOfForwarded(std::string_view header) {
  std::vector<std::string_view> hops;
  for (const std::string_view element : Split(header, ',')) {
    std::string_view hop;
    for (const std::string_view pair : Split(element, ';')) {
      const size_t equals = pair.find('=');
      if (equals == pair.npos || !IsFor(pair.substr(0, equals))) continue;
      hop = pair.substr(equals + 1);
      if (hop.size() >= 2 && hop.starts_with('"') && hop.ends_with('"')) {
        hop = hop.substr(1, hop.size() - 2);
      }
    }
    hops.push_back(hop);
  }
  return hops;
}

bool HasPrefix(const ip::address_v6::bytes_type& address, const ip::address_v6::bytes_type& network,
               int bits) {
  for (size_t i = 0; i < address.size() && bits > 0; ++i, bits -= 8) {
    const int mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if (((address[i] ^ network[i]) & mask) != 0) return false;
  }
  return true;
}

}  // namespace

TrustedProxies::TrustedProxies(std::string_view list) {
  if (TrimBlanks(list).empty()) return;
  for (const std::string_view text : Split(list, ',')) {
    const size_t slash = text.find('/');
    const auto address = ReadAddress(text.substr(0, slash));
    const int most = address && address->is_v4() ? 32 : 128;
    int bits = most;
    bool is_valid = address.has_value();
    if (slash != text.npos) {
      const std::string_view number = text.substr(slash + 1);
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
      is_valid = is_valid && error == std::errc() && end == number.data() + number.size();
    }
    if (!is_valid || bits < 0 || bits > most) {
      throw Error(ErrorCode::kInvalidArgument, "TRUSTED_PROXIES: \"" + std::string(text) +
                                                   "\" is no address or network (10.0.0.0/8)");
    }
    networks_.push_back({ToV6(*address), address->is_v4() ? bits + kMappedBits : bits});
  }
}

bool TrustedProxies::Contains(const ip::address& address) const {
  const auto bytes = ToV6(address).to_bytes();
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    return HasPrefix(bytes, network.address.to_bytes(), network.prefix_bits);
  });
}

std::string TrustedProxies::ClientOf(const std::string& peer, const Request& request) const {
  if (networks_.empty()) return peer;
  std::optional<ip::address> hop = ReadAddress(peer);
  if (!hop || !Contains(*hop)) return peer;
  const auto x_forwarded_for = request.header_list("X-Forwarded-For");
  const auto forwarded = request.header_list("Forwarded");
  std::vector<std::string_view> hops;
  if (x_forwarded_for) {
    hops = Split(*x_forwarded_for, ',');
  } else if (forwarded) {
    hops = HopsOfForwarded(*forwarded);
  }
  for (auto text = hops.rbegin(); text != hops.rend() && Contains(*hop); ++text) {
    const auto next = ReadHop(*text);
    if (!next) break;
    hop = next;
  }
  return hop->to_string();
}

}  // namespace stemscribe::http
