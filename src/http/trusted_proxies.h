// Whose word on a client's address is taken: X-Forwarded-For and Forwarded, from known proxies
// only.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace stemscribe::http {

/// Immutable, thread-safe.
class TrustedProxies {
 public:
  /// None.
  TrustedProxies() = default;

  /// Addresses and networks with commas: "10.0.0.0/8, 192.0.2.7, ::1". Throws
  /// Error{kInvalidArgument} that names TRUSTED_PROXIES.
  explicit TrustedProxies(std::string_view list);

  /// The address that the request came from: the last hop that is not one of these proxies, read
  /// from right to left, since what a client itself sends stands on the left. X-Forwarded-For
  /// counts, and Forwarded (RFC 7239) where that is missing. What is no address ends the search at
  /// the hop before it.
  std::string ClientOf(const std::string& peer, const Request& request) const;

 private:
  struct Network {
    boost::asio::ip::address_v6 address;  // IPv4 as ::ffff:a.b.c.d
    int prefix_bits;
  };
  bool Contains(const boost::asio::ip::address& address) const;

  std::vector<Network> networks_;
};

}  // namespace stemscribe::http
