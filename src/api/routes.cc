#include "api/routes.h"

#include "api/docs_routes.h"
#include "api/guard.h"
#include "api/page_routes.h"
#include "http/method.h"

namespace stemscribe::api {

void AddRoutes(http::Router& router, ApiContext& context) {
  router.Wrap([&context](std::string_view pattern, http::Handler handler) {
    return Guarded(context, pattern, std::move(handler));
  });
  const auto uploads = std::make_shared<Uploads>();
  AddTranscribeRoute(router, context, uploads);
  AddUploadRoutes(router, context, uploads);
  AddJobRoutes(router, context);
  AddEventsRoute(router, context);
  AddResultRoutes(router, context);
  AddHealthRoutes(router, context);
  AddDocsRoutes(router, context.settings.swagger_dir, context.pool);
  AddPageRoutes(router, context.settings.web_dir, context.pool);
  // By these lines a test knows that no route is missing in the contract.
  for (const auto& [method, pattern] : router.Routes()) {
    context.log.Debug("route", {{"method", http::MethodName(method)}, {"path", pattern}});
  }
}

}  // namespace stemscribe::api
