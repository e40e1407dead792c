#include "api/routes.h"

#include "api/docs_routes.h"

namespace stemscribe::api {

void AddRoutes(http::Router& router, ApiContext& context) {
  AddTranscribeRoute(router, context);
  AddJobRoutes(router, context);
  AddEventsRoute(router, context);
  AddResultRoutes(router, context);
  AddHealthRoutes(router, context);
  AddDocsRoutes(router, context.settings.swagger_dir, context.pool);
}

}  // namespace stemscribe::api
