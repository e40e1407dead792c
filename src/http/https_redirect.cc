#include "http/https_redirect.h"

#include <string>

#include "http/allowed_hosts.h"
#include "http/http_error.h"

namespace stemscribe::http {
namespace {

/// The host without its port. Only what a name or an address is made of, so that nothing else gets
/// into the Location.
std::string_view HostOf(const Request& request) {
  const std::string_view host = WithoutPort(request.header("Host").value_or(std::string_view()));
  constexpr std::string_view kOk =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_[]:";
  if (host.empty() || host.size() > 255 || host.find_first_not_of(kOk) != host.npos) {
    throw HttpError(400, ErrorCode::kInvalidArgument, "the Host header names no host");
  }
  return host;
}

}  // namespace

Response RedirectToHttps(const Request& request, uint16_t https_port) {
  constexpr uint16_t kHttpsPort = 443;
  std::string location = "https://" + std::string(HostOf(request));
  if (https_port != kHttpsPort) location += ":" + std::to_string(https_port);
  location += request.target();
  Response response = Response::Text(308, "This is at " + location + "\n");
  response.headers.Set("Location", location);
  return response;
}

Router RedirectRoutes(uint16_t https_port) {
  Router router;
  const Handler handler = [https_port](Request& request) -> boost::asio::awaitable<Response> {
    co_return RedirectToHttps(request, https_port);
  };
  for (size_t i = 0; i < kNumMethods; ++i) {
    if (static_cast<Method>(i) == Method::kHead) continue;  // as GET
    router.Add(static_cast<Method>(i), "/", handler);
    router.Add(static_cast<Method>(i), "/{path...}", handler);
  }
  return router;
}

}  // namespace stemscribe::http
