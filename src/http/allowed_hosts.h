// By which names a service may be called. A page of the web can have its own name resolve to an
// address of this machine (DNS rebinding); to the browser all that answers there is then of the
// page's own origin. What tells such a request is its Host.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace stemscribe::http {

/// A Host without its port.
std::string_view WithoutPort(std::string_view host);

/// A Host without its port and the dot of a complete name.
std::string_view HostName(std::string_view host);

/// Immutable, thread-safe.
class AllowedHosts {
 public:
  /// Any name.
  AllowedHosts() = default;

  /// Names with commas, without ports, of any case; "*" for any. Addresses and localhost, which
  /// nobody can have resolve to something else, are always allowed.
  explicit AllowedHosts(std::string_view list);

  /// Throws HttpError 403 if the request's Host is none of these. Without a Host (HTTP/1.0) no
  /// browser sent it.
  void Check(const Request& request) const;

 private:
  std::vector<std::string> names_{"*"};
};

}  // namespace stemscribe::http
