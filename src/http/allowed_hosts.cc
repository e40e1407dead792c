#include "http/allowed_hosts.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/ip/address.hpp>

#include "http/http_error.h"

namespace stemscribe::http {
namespace {

/// Without the port and the dot of a complete name.
std::string_view NameOf(std::string_view host) {
  const size_t port = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  host = host.substr(0, port);
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool IsAddress(std::string_view name) {
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  boost::system::error_code error;
  boost::asio::ip::make_address(name, error);
  return !error;
}

}  // namespace

AllowedHosts::AllowedHosts(std::vector<std::string> names)
    : any_(std::find(names.begin(), names.end(), "*") != names.end()), names_(std::move(names)) {}

void AllowedHosts::Check(const Request& request) const {
  if (any_) return;
  const auto host = request.header("Host");
  if (!host) return;
  const std::string_view name = NameOf(*host);
  if (IsAddress(name) || boost::iequals(name, "localhost") ||
      boost::iends_with(name, ".localhost") ||
      std::any_of(names_.begin(), names_.end(),
                  [&](const std::string& allowed) { return boost::iequals(allowed, name); })) {
    return;
  }
  throw HttpError(403, ErrorCode::kForbidden,
                  "\"" + std::string(name) +
                      "\" is none of the names of this service; ALLOWED_HOSTS lists them");
}

}  // namespace stemscribe::http
