// All endpoints of the contract, openapi.yaml. A test proves that they are just these.
#pragma once

#include <memory>

#include "api/context.h"
#include "api/upload_place.h"
#include "http/router.h"

namespace stemscribe::api {

/// `context` must outlive the router.
void AddRoutes(http::Router& router, ApiContext& context);

// The groups that it is made of, a file each.
void AddTranscribeRoute(http::Router& router, ApiContext& context,
                        const std::shared_ptr<Uploads>& uploads);
void AddUploadRoutes(http::Router& router, ApiContext& context,
                     const std::shared_ptr<Uploads>& uploads);
void AddJobRoutes(http::Router& router, ApiContext& context);
void AddEventsRoute(http::Router& router, ApiContext& context);
void AddResultRoutes(http::Router& router, ApiContext& context);
void AddHealthRoutes(http::Router& router, ApiContext& context);

}  // namespace stemscribe::api
