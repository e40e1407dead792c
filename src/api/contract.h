// The OpenAPI contract (openapi.yaml), as the JSON that is served. Embedded by the build.
#pragma once

#include <string_view>

namespace stemscribe::api {

extern const std::string_view kContractJson;

}  // namespace stemscribe::api
