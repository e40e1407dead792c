#include "http/cors.h"

#include <algorithm>

#include "http/allowed_hosts.h"
#include "http/headers.h"
#include "http/http_error.h"

namespace stemscribe::http {
namespace {

std::string Join(const std::vector<std::string>& items) {
  std::string joined;
  for (const std::string& item : items) {
    if (!joined.empty()) joined += ", ";
    joined += item;
  }
  return joined;
}

bool Contains(const std::vector<std::string>& items, std::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

void AddPreflightHeaders(const CorsPolicy& policy, const Request& request, std::string_view allow,
                         Headers& headers) {
  headers.Set("Access-Control-Allow-Methods", allow);
  headers.Set("Access-Control-Max-Age", std::to_string(policy.max_age_sec));
  const auto asked = request.header_list("Access-Control-Request-Headers");
  if (Contains(policy.allowed_headers, "*")) {
    if (asked) headers.Set("Access-Control-Allow-Headers", *asked);
    headers.AddToList("Vary", "Access-Control-Request-Headers");
  } else if (!policy.allowed_headers.empty()) {
    headers.Set("Access-Control-Allow-Headers", Join(policy.allowed_headers));
  }
}

/// Whether a page of this service, or no page at all, has sent it. To plain HTTP at other addresses
/// than localhost browsers send no Sec-Fetch-Site, but Origin. Ports and schemes do not count
/// there, as a proxy may have others.
bool IsOfOwnPage(const Request& request, std::optional<std::string_view> origin) {
  if (const auto site = request.header("Sec-Fetch-Site")) {
    return *site != "cross-site" && *site != "same-site";
  }
  if (!origin) return true;
  const size_t scheme = origin->find("://");
  if (scheme == std::string_view::npos) return false;  // "null"
  const auto host = request.header("Host");
  return host && EqualsIgnoreCase(HostName(origin->substr(scheme + 3)), HostName(*host));
}

}  // namespace

bool CorsPolicy::AllowsOrigin(std::string_view origin) const {
  return Contains(origins, "*") || Contains(origins, origin);
}

bool IsPreflight(const Request& request) {
  return request.method() == Method::kOptions && request.header("Origin") &&
         request.header("Access-Control-Request-Method");
}

void RefuseForged(const CorsPolicy& policy, const Request& request) {
  const auto method = request.method();
  if (method == Method::kGet || method == Method::kHead || method == Method::kOptions) return;
  const auto origin = request.header("Origin");
  if (IsOfOwnPage(request, origin) || (origin && policy.AllowsOrigin(*origin))) return;
  throw HttpError(403, ErrorCode::kForbidden,
                  "pages of this origin may not do that; CORS_ORIGINS lists those that may");
}

void AddCorsHeaders(const CorsPolicy& policy, const Request& request, std::string_view allow,
                    Headers& headers) {
  if (policy.origins.empty()) return;
  const bool any_origin = Contains(policy.origins, "*");
  if (!any_origin) headers.AddToList("Vary", "Origin");
  const auto origin = request.header("Origin");
  if (!origin || !policy.AllowsOrigin(*origin)) return;
  headers.Set("Access-Control-Allow-Origin", any_origin ? std::string_view("*") : *origin);
  if (IsPreflight(request)) {
    AddPreflightHeaders(policy, request, allow, headers);
  } else if (!policy.exposed_headers.empty()) {
    headers.Set("Access-Control-Expose-Headers", Join(policy.exposed_headers));
  }
}

}  // namespace stemscribe::http
