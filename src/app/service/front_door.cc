#include "app/service/front_door.h"

#include <fmt/format.h>

#include "app/service/core.h"
#include "base/error.h"
#include "http/client_network.h"
#include "http/https_redirect.h"

namespace stemscribe::app {
namespace {

// What is no page needs nothing, and belongs in no frame.
constexpr char kNothing[] = "default-src 'none'; frame-ancestors 'none'";
constexpr size_t kKb = 1024;

void SetIfMissing(http::Headers& headers, std::string_view name, std::string_view value) {
  if (!headers.Has(name)) headers.Set(name, value);
}

/// Names of the web count where somebody who needs no key could be led to by them alone: where a
/// service is for this machine, and no proxy stands before it.
http::AllowedHosts ToAllowedHosts(const config::Settings& settings) {
  const std::string& names = settings.server.allowed_hosts;
  const bool is_private = settings.auth.mode == "none" && settings.auth.trusted_proxies.empty() &&
                          http::IsLoopback(settings.server.host);
  return names.empty() && !is_private ? http::AllowedHosts() : http::AllowedHosts(names);
}

}  // namespace

http::ServerSettings ToServerSettings(const config::Settings& settings) {
  const config::ServerSettings& from = settings.server;
  http::ServerSettings server;
  server.host = from.host;
  server.port = static_cast<uint16_t>(from.port);
  server.num_threads = from.num_threads;
  server.trusted_proxies = http::TrustedProxies(settings.auth.trusted_proxies);
  server.allowed_hosts = ToAllowedHosts(settings);
  server.max_header_bytes = static_cast<size_t>(from.max_header_kb) * kKb;
  server.max_header_fields = static_cast<size_t>(from.max_header_fields);
  server.max_connections = from.max_connections;
  server.max_connections_per_address = from.max_connections_per_address > 0
                                           ? from.max_connections_per_address
                                           : from.max_connections;
  server.requests_per_connection = from.requests_per_connection;
  server.header_timeout = ToMilliseconds(from.header_timeout_sec);
  server.body_timeout = ToMilliseconds(from.body_timeout_sec);
  server.idle_timeout = ToMilliseconds(from.idle_timeout_sec);
  server.write_timeout = ToMilliseconds(from.write_timeout_sec);
  server.shed_after = ToMilliseconds(from.shed_after_sec);
  return server;
}

std::shared_ptr<http::TlsContext> MakeTls(const config::ServerSettings& settings) {
  if (settings.tls_certificate.empty() != settings.tls_key.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "TLS needs a certificate and its key",
                {{settings.tls_key.empty() ? "TLS_KEY" : "TLS_CERTIFICATE", "must be given"}});
  }
  if (settings.tls_certificate.empty()) {
    if (settings.http_redirect_port == 0) return nullptr;
    throw Error(ErrorCode::kInvalidArgument, "there is nothing to redirect to",
                {{"HTTP_REDIRECT_PORT", "needs TLS_CERTIFICATE and TLS_KEY"}});
  }
  return std::make_shared<http::TlsContext>(
      http::TlsSettings{.certificate = settings.tls_certificate,
                        .key = settings.tls_key,
                        .min_version = settings.tls_min_version});
}

void AddSecurityHeaders(const config::ServerSettings& settings, const http::Request& request,
                        http::Response& response) {
  http::Headers& headers = response.headers;
  SetIfMissing(headers, "X-Content-Type-Options", "nosniff");
  SetIfMissing(headers, "X-Frame-Options", "DENY");  // for browsers that know no frame-ancestors
  SetIfMissing(headers, "Referrer-Policy", "no-referrer");
  SetIfMissing(headers, "Content-Security-Policy", kNothing);
  if (request.is_tls() && settings.hsts_sec > 0) {
    headers.Set("Strict-Transport-Security", fmt::format("max-age={}", settings.hsts_sec));
  }
}

std::unique_ptr<http::Server> MakeRedirectServer(const config::Settings& settings,
                                                 uint16_t https_port,
                                                 http::ServerCallbacks callbacks,
                                                 http::BlockingPool& pool) {
  if (settings.server.http_redirect_port == 0) return nullptr;
  http::ServerSettings server = ToServerSettings(settings);
  server.port = static_cast<uint16_t>(settings.server.http_redirect_port);
  server.num_threads = 1;
  server.requests_per_connection = 1;
  return std::make_unique<http::Server>(server, http::RedirectRoutes(https_port),
                                        http::CorsPolicy(), std::move(callbacks), pool);
}

}  // namespace stemscribe::app
