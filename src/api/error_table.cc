#include "api/error_table.h"

#include <boost/json.hpp>

#include "base/json_text.h"

namespace stemscribe::api {

int HttpStatus(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 422;
    case ErrorCode::kInvalidAudioFile:
      return 422;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kJobNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kPayloadTooLarge:
      return 413;
    case ErrorCode::kUnsupportedMediaType:
      return 415;
    case ErrorCode::kStorageLimitExceeded:
      return 507;
    case ErrorCode::kRateLimited:
      return 429;
    case ErrorCode::kUnauthorized:
      return 401;
    case ErrorCode::kForbidden:
      return 403;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kProcessingFailed:
      return 500;
    case ErrorCode::kCancelled:
      return 503;  // the server is stopping
    case ErrorCode::kIo:
      return 500;
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Error InvalidField(std::string field, std::string message) {
  return Error(ErrorCode::kInvalidArgument, "the request is not valid",
               {{std::move(field), std::move(message)}});
}

http::Response ErrorResponse(const http::Request& request, const Error& error, int status) {
  if (status == 0) status = HttpStatus(error.code());
  const bool ours = status == 500;
  boost::json::array details;
  for (const FieldError& detail : error.details()) {
    details.push_back({{"field", detail.field}, {"message", detail.message}});
  }
  const std::string message =
      ours ? "something went wrong here; the log has more under this request id" : error.what();
  http::Response response = http::Response::Json(
      status, ToJsonText(boost::json::object{{"error",
                                              {{"code", ErrorCodeName(error.code())},
                                               {"message", message},
                                               {"details", std::move(details)},
                                               {"request_id", request.request_id()}}}}));
  response.headers.Set("Cache-Control", "no-store");
  if (status == 401) response.headers.Set("WWW-Authenticate", "Bearer realm=\"stemscribe\"");
  if (status == 503 || status == 429) response.headers.Set("Retry-After", "5");
  return response;
}

}  // namespace stemscribe::api
