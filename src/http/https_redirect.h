// Sends clients that come without encryption to the encrypted port.
#pragma once

#include "http/request.h"
#include "http/response.h"
#include "http/router.h"

namespace stemscribe::http {

/// 308 to the same host, path and query at `https_port`; the method stays. 400 without a usable
/// Host.
Response RedirectToHttps(const Request& request, uint16_t https_port);

/// Routes that do so with every method of every path.
Router RedirectRoutes(uint16_t https_port);

}  // namespace stemscribe::http
