// The contract and a page to read and try it: /openapi.json, /docs.
#pragma once

#include <filesystem>

#include "http/blocking_pool.h"
#include "http/router.h"

namespace stemscribe::api {

/// `swagger_dir`: the files of swagger-ui-dist; where it is empty there is no /docs. `pool` must
/// outlive the router.
void AddDocsRoutes(http::Router& router, const std::filesystem::path& swagger_dir,
                   http::BlockingPool& pool);

}  // namespace stemscribe::api
