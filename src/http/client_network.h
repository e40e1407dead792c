// Which addresses are one client's, for limits by address. Pure functions.
#pragma once

#include <string>

namespace stemscribe::http {

/// What the addresses of one customer have in common: an address of IPv4 itself, of IPv6 the
/// network of /64, as "2001:db8::". Other text as it is.
std::string NetworkOf(const std::string& address);

/// Whether this is an address of this machine: 127.0.0.0/8, ::1.
bool IsLoopback(const std::string& address);

}  // namespace stemscribe::http
