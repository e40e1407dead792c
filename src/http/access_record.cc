#include "http/access_record.h"

#include "http/router.h"

namespace stemscribe::http {

AccessRecord RecordOf(const Request& request) {
  AccessRecord record;
  record.request_id = request.request_id();
  record.trace_id = request.trace().trace_id();
  record.span_id = request.trace().span_id();
  record.method = request.method_name();
  record.path = request.path();
  if (request.route() != nullptr) record.route_pattern = request.route()->pattern;
  record.remote_address = request.client_address();
  record.user_agent = request.header("User-Agent").value_or(std::string_view());
  record.principal = request.principal().id;
  return record;
}

}  // namespace stemscribe::http
