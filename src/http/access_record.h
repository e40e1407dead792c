// What is known of a request once it has been answered: for the access log and the metrics.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "http/request.h"

namespace stemscribe::http {

/// The views are valid during the call of the observer only.
struct AccessRecord {
  std::string_view request_id;
  std::string_view trace_id;
  std::string_view span_id;    // of this request
  std::string_view parent_id;  // of the sender; empty without a traceparent
  std::string_view method;
  std::string_view path;           // as sent, without the query
  std::string_view route_pattern;  // empty where no route matched
  int status = 0;                  // 499: the client left before an answer
  uint64_t bytes_in = 0;           // of the body
  uint64_t bytes_out = 0;          // head and body
  std::chrono::nanoseconds
      duration{};  // from the complete head to the last byte handed to the kernel
  std::string_view remote_address;
  std::string_view user_agent;
  std::string_view principal;  // whose key was sent; empty without
};

/// What `request` itself tells; the rest is left empty.
AccessRecord RecordOf(const Request& request);

}  // namespace stemscribe::http
