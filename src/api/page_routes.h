// The web page that is built from web/: /, /favicon.svg and /assets/.
#pragma once

#include <filesystem>

#include "http/blocking_pool.h"
#include "http/router.h"

namespace stemscribe::api {

/// `web_dir`: what `make web` built; where it is empty there are no such routes. A file that has a
/// compressed twin, `<file>.gz`, is sent from that one. `pool` must outlive the router.
void AddPageRoutes(http::Router& router, const std::filesystem::path& web_dir,
                   http::BlockingPool& pool);

}  // namespace stemscribe::api
