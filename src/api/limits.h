// How many requests a minute a key and an address may make, of each class of routes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "auth/rate_limiter.h"
#include "http/headers.h"

namespace stemscribe::api {

/// A minute; 0: no limit.
struct RateSettings {
  int64_t uploads = 0;
  int64_t requests = 0;
};

struct LimitSettings {
  RateSettings of_key;
  RateSettings of_address;
};

enum class RouteClass { kUpload, kRequest, kUnlimited };

/// The class of a route: what load balancers look at is not limited.
RouteClass ClassOf(std::string_view pattern);

/// Thread-safe.
class Limits {
 public:
  /// The limiter outlives it. `on_limit` is told of each request beyond a limit: "rate_uploads",
  /// "rate_requests".
  Limits(auth::RateLimiter& limiter, const LimitSettings& settings,
         std::function<void(std::string_view limit)> on_limit)
      : limiter_(limiter), settings_(settings), on_limit_(std::move(on_limit)) {}

  /// Whether an address has no limit: those of this machine.
  static bool IsFree(const std::string& address);

  /// Both block, and count one request. They give the RateLimit headers (none without a limit) and
  /// throw HttpError 429 with them beyond the limit. Addresses of IPv6
  /// count by /64, for so many one customer has.
  http::Headers TakeOfAddress(RouteClass route_class, const std::string& address);
  http::Headers TakeOfKey(RouteClass route_class, const std::string& key_id);

 private:
  http::Headers Take(RouteClass route_class, std::string_view whose, const std::string& who,
                     const RateSettings& rates);

  auth::RateLimiter& limiter_;
  const LimitSettings settings_;
  const std::function<void(std::string_view limit)> on_limit_;
};

}  // namespace stemscribe::api
