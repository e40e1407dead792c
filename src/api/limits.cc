#include "api/limits.h"

#include <fmt/format.h>

#include "http/client_network.h"
#include "http/http_error.h"

namespace stemscribe::api {
RouteClass ClassOf(std::string_view pattern) {
  if (pattern == "/api/v1/transcribe") return RouteClass::kUpload;
  return pattern.starts_with("/health") ? RouteClass::kUnlimited : RouteClass::kRequest;
}

bool Limits::IsFree(const std::string& address) { return http::IsLoopback(address); }

http::Headers Limits::TakeOfAddress(RouteClass route_class, const std::string& address) {
  if (IsFree(address)) return {};
  return Take(route_class, "address", http::NetworkOf(address), settings_.of_address);
}

http::Headers Limits::TakeOfKey(RouteClass route_class, const std::string& key_id) {
  return Take(route_class, "key", key_id, settings_.of_key);
}

http::Headers Limits::Take(RouteClass route_class, std::string_view whose, const std::string& who,
                           const RateSettings& rates) {
  const bool is_upload = route_class == RouteClass::kUpload;
  const int64_t rate = is_upload ? rates.uploads : rates.requests;
  if (route_class == RouteClass::kUnlimited || rate == 0) return {};
  const std::string_view what = is_upload ? "uploads" : "requests";
  const auth::Grant grant = limiter_.Take(fmt::format("{}:{}:{}", whose, what, who), rate);
  const std::string policy = fmt::format("{}-{}", whose, what);
  // As in the IETF's draft-ietf-httpapi-ratelimit-headers.
  http::Headers headers;
  headers.Set("RateLimit-Policy", fmt::format("\"{}\";q={};w=60", policy, rate));
  headers.Set("RateLimit", fmt::format("\"{}\";r={};t={}", policy, grant.num_left, grant.full_sec));
  if (grant.is_granted) return headers;
  on_limit_(is_upload ? "rate_uploads" : "rate_requests");
  headers.Set("Retry-After", std::to_string(grant.wait_sec));
  throw http::HttpError(429, ErrorCode::kRateLimited,
                        fmt::format("at most {} {} a minute are taken from one {}; again in {} s",
                                    rate, what, whose, grant.wait_sec),
                        std::move(headers));
}

}  // namespace stemscribe::api
