// For tests: a request with these headers, as a client would have sent it.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "http/request.h"

namespace stemscribe::http {

/// Of texts that live as long as it.
class TestRequest : public Request {
 public:
  explicit TestRequest(std::vector<std::pair<std::string_view, std::string_view>> fields) {
    RequestHead head;
    head.bytes = "GET / HTTP/1.1\r\n\r\n";
    head.method = "GET";
    head.target = "/";
    head.fields = std::move(fields);
    Reset(std::move(head), nullptr, 0);
  }
};

}  // namespace stemscribe::http
