#include "http/allowed_hosts.h"

#include <algorithm>

#include "http/client_network.h"
#include "http/headers.h"
#include "http/http_error.h"

namespace stemscribe::http {
namespace {

bool IsAddress(std::string_view name) {
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return ReadAddress(name).has_value();
}

bool IsLocalhost(std::string_view name) {
  constexpr std::string_view kDomain = ".localhost";
  if (EqualsIgnoreCase(name, kDomain.substr(1))) return true;
  return name.size() > kDomain.size() &&
         EqualsIgnoreCase(name.substr(name.size() - kDomain.size()), kDomain);
}

}  // namespace

std::string_view WithoutPort(std::string_view host) {
  return host.substr(0, host.find(':', host.starts_with('[') ? host.find(']') : 0));
}

std::string_view HostName(std::string_view host) {
  host = WithoutPort(host);
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

AllowedHosts::AllowedHosts(std::string_view list) : names_() {
  for (const std::string_view name : Split(list, ',')) {
    if (!name.empty()) names_.emplace_back(name);
  }
}

void AllowedHosts::Check(const Request& request) const {
  const auto host = request.header("Host");
  if (!host) return;
  const std::string_view name = HostName(*host);
  const auto allows = [&](const std::string& allowed) {
    return allowed == "*" || EqualsIgnoreCase(allowed, name);
  };
  if (std::any_of(names_.begin(), names_.end(), allows) || IsAddress(name) || IsLocalhost(name)) {
    return;
  }
  throw HttpError(403, ErrorCode::kForbidden,
                  "\"" + std::string(name) +
                      "\" is none of the names of this service; ALLOWED_HOSTS lists them");
}

}  // namespace stemscribe::http
