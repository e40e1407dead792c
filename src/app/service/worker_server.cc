#include "app/service/worker_server.h"

#include "api/error_table.h"

namespace stemscribe::app {
namespace {

using boost::asio::awaitable;
using http::Request;
using http::Response;

constexpr int kMaxConnections = 64;

awaitable<Response> GetMetrics(Core& core, Request&) {
  core.CollectMetrics();
  co_return Response::Text(200, core.metrics.Text(), api::kMetricsContentType);
}

awaitable<Response> GetLive(Request&) {
  Response response = Response::Json(200, R"({"status":"ok"})");
  response.headers.Set("Cache-Control", "no-store");
  co_return response;
}

}  // namespace

std::unique_ptr<http::Server> MakeWorkerServer(Core& core, http::BlockingPool& pool) {
  if (core.settings.queue.worker_metrics_port == 0) return nullptr;
  http::Router router;
  router.Add(http::Method::kGet, "/metrics",
             [&core](Request& request) { return GetMetrics(core, request); });
  router.Add(http::Method::kGet, "/health/live", GetLive);
  http::ServerSettings settings;
  settings.host = core.settings.queue.worker_metrics_host;
  settings.port = static_cast<uint16_t>(core.settings.queue.worker_metrics_port);
  settings.max_connections = kMaxConnections;
  settings.max_body_bytes = 0;
  http::ServerCallbacks callbacks;
  callbacks.error_responder = api::ErrorResponse;
  callbacks.on_warning = [&core](std::string_view message) { core.log.Warning(message); };
  return std::make_unique<http::Server>(settings, std::move(router), http::CorsPolicy(),
                                        std::move(callbacks), pool);
}

}  // namespace stemscribe::app
