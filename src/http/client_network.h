// Addresses, and which of them are one client's, for limits by address. Pure functions.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace stemscribe::http {

/// An address of IPv4 inside IPv6 as what it is; nullopt for what is no address.
std::optional<boost::asio::ip::address> ReadAddress(std::string_view text);

/// What the addresses of one customer have in common: an address of IPv4 itself, of IPv6 the
/// network of /64, as "2001:db8::". Other text as it is.
std::string NetworkOf(const std::string& address);

/// Whether this is an address of this machine: 127.0.0.0/8, ::1.
bool IsLoopback(const std::string& address);

}  // namespace stemscribe::http
