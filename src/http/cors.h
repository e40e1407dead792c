// Cross-origin resource sharing (the Fetch standard) for browsers. Credentials are never allowed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/headers.h"
#include "http/request.h"

namespace stemscribe::http {

/// Immutable once the server runs.
struct CorsPolicy {
  std::vector<std::string> origins;  // exact origins, or "*" for all; none: no CORS headers at all
  std::vector<std::string>
      allowed_headers;  // request headers beyond the safelisted; "*": whatever is asked for
  std::vector<std::string> exposed_headers;  // response headers that scripts may read
  int max_age_sec = 600;

  bool AllowsOrigin(std::string_view origin) const;
};

/// Whether the request is a preflight: OPTIONS with Origin and Access-Control-Request-Method.
bool IsPreflight(const Request& request);

/// Throws HttpError 403 if a page of another site, which is none of the policy's, has a browser
/// send this to change something. Browsers ask before most such requests, but not before a form,
/// and they say whose it is (Fetch Metadata, or Origin alone to plain HTTP).
void RefuseForged(const CorsPolicy& policy, const Request& request);

/// Adds the headers for the answer to `request` (Vary: Origin always, unless all origins are
/// allowed). `allow`: the methods of the path, for a preflight.
void AddCorsHeaders(const CorsPolicy& policy, const Request& request, std::string_view allow,
                    Headers& headers);

}  // namespace stemscribe::http
