// The one table from errors to HTTP, and the one shape of every error's body.
#pragma once

#include <string>

#include "base/error.h"
#include "http/request.h"
#include "http/response.h"

namespace stemscribe::api {

/// The HTTP status of an error that does not bring its own.
int HttpStatus(ErrorCode code);

/// The error of one field of a request: a parameter, a header, a part of a form.
Error InvalidField(std::string field, std::string message);

/// {"error":{"code","message","details":[{"field","message"}],"request_id"}}. `status`: that of
/// HTTP where it decides, 0 where the code does. What an internal error says stays in the log; the
/// client gets the request id to ask about.
http::Response ErrorResponse(const http::Request& request, const Error& error, int status);

}  // namespace stemscribe::api
