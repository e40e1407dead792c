// How the service meets the network: TLS, its second port, and the headers of all responses.
#pragma once

#include <memory>

#include "config/settings.h"
#include "http/server.h"
#include "http/tls.h"

namespace stemscribe::app {

http::ServerSettings ToServerSettings(const config::Settings& settings);

/// Null where the settings have no certificate. Throws as http::TlsContext.
std::shared_ptr<http::TlsContext> MakeTls(const config::ServerSettings& settings);

/// Sets what browsers should know of a response, where its route does not say more.
void AddSecurityHeaders(const config::ServerSettings& settings, const http::Request& request,
                        http::Response& response);

/// The server that sends clients of the plain port to `https_port`; null if there is no such port.
std::unique_ptr<http::Server> MakeRedirectServer(const config::Settings& settings,
                                                 uint16_t https_port,
                                                 http::ServerCallbacks callbacks,
                                                 http::BlockingPool& pool);

}  // namespace stemscribe::app
