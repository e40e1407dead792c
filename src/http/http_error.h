// An Error that knows its HTTP status: what the server itself refuses, and what a handler refuses
// for reasons that only HTTP knows (406, 411, 412, 415, 428, …). Any other Error gets its status
// from the api's one table.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/headers.h"

namespace stemscribe::http {

class HttpError : public Error {
 public:
  /// `headers` are added to the response (Allow of a 405, Content-Range of a 416, Retry-After of a
  /// 503).
  HttpError(int status, ErrorCode code, const std::string& message, Headers headers = {},
            std::vector<FieldError> details = {})
      : Error(code, message, std::move(details)), status_(status), headers_(std::move(headers)) {}

  int status() const { return status_; }
  const Headers& headers() const { return headers_; }

 private:
  int status_;
  Headers headers_;
};

}  // namespace stemscribe::http
