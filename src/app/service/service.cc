#include "app/service/service.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "api/error_table.h"
#include "api/routes.h"
#include "app/service/commands.h"
#include "app/service/front_door.h"
#include "app/version.h"
#include "base/error.h"
#include "db/sql_keys.h"
#include "queue/redis_rate_limiter.h"

namespace stemscribe::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxQueuedTasks = 1024;
constexpr int kSlowPoolThreads = 8;  // songs looked at (by a process each) at once
constexpr int kPoolThreads = 16;     // they wait for disks and locks more than they work

/// The networks run on the CPU alone so far: there is no engine for accelerators to find.
constexpr char kDevice[] = "cpu";

std::unique_ptr<auth::RateLimiter> MakeLimiter(const Core& core, api::Metrics& metrics) {
  const std::string& url = core.settings.queue.url;
  if (url.empty()) return std::make_unique<auth::MemoryRateLimiter>(core.clock);
  queue::RedisSettings redis = queue::RedisSettingsFrom(url);
  redis.meter = core.redis_meter;
  return std::make_unique<queue::RedisRateLimiter>(
      redis, core.clock,
      queue::RedisRateLimiterHooks{
          .on_change = [&log = core.log](const std::string& what) { log.Warning(what); },
          .on_own_bucket = [&metrics] { metrics.CountOwnRateLimit(); }});
}

api::LimitSettings ToLimitSettings(const config::AuthSettings& from) {
  return {.of_key = {.uploads = from.key_uploads, .requests = from.key_requests},
          .of_address = {.uploads = from.address_uploads, .requests = from.address_requests}};
}

}  // namespace

fs::path SharedFolder(const std::string& name) {
  const fs::path folder = ProgramFolder().parent_path() / "share" / "stemscribe" / name;
  return fs::is_directory(folder) ? folder : fs::path();
}

Service::Service(const config::Settings& settings)
    : core_(settings),
      metrics_(core_.metrics),
      keys_(settings.auth.mode == "none"
                ? nullptr
                : std::make_unique<db::SqlKeyRepository>(ToRepositorySettings(settings))),
      limiter_(MakeLimiter(core_, metrics_)),
      limits_(*limiter_, ToLimitSettings(settings.auth),
              [this](std::string_view limit) { metrics_.CountLimit(limit); }),
      tls_(MakeTls(settings.server)),
      prober_(core_.tool, [this](jobs::ChildFault fault) { core_.metrics.CountProbeFault(fault); }),
      pool_(kPoolThreads, kMaxQueuedTasks),
      slow_pool_(kSlowPoolThreads, kMaxQueuedTasks),
      context_{.settings = {.version = kVersion,
                            .device = kDevice,
                            .max_file_bytes = settings.storage.max_file_bytes,
                            .max_duration_sec = settings.processing.max_duration_sec,
                            .reuse_results = settings.processing.reuse_results,
                            .nginx_sends_stems = settings.storage.downloads == "nginx",
                            .max_uploads = settings.server.max_uploads,
                            .retention = std::chrono::hours(24 * settings.storage.retention_days),
                            .swagger_dir = SharedFolder("swagger-ui"),
                            .web_dir = settings.server.web.empty() ? SharedFolder("web")
                                                                   : settings.server.web},
               .log = core_.log,
               .repository = *core_.repository,
               .store = *core_.store,
               .queue = *core_.queue.queue,
               .events = *core_.queue.events,
               .service = core_.job_service,
               .sweeper = core_.sweeper,
               .webhooks = core_.sender,
               .clock = core_.clock,
               .prober = prober_,
               .pool = pool_,
               .slow_pool = slow_pool_,
               .metrics = metrics_,
               .limits = limits_,
               .draining = draining_} {
  if (keys_) context_.keys = &authenticator_.emplace(*keys_, core_.clock);
}

Service::~Service() = default;

http::CorsPolicy Service::ToCorsPolicy() const {
  http::CorsPolicy cors;
  cors.origins = core_.settings.server.cors_origins;
  cors.allowed_headers = {"Authorization",     "Content-Type", "Idempotency-Key", "If-None-Match",
                          "If-Modified-Since", "If-Range",     "Last-Event-ID",   "Range",
                          "X-API-Key",         "X-Request-ID", "traceparent",     "tracestate",
                          "Upload-Offset",     "Upload-Length"};
  cors.exposed_headers = {"Accept-Ranges",
                          "Content-Disposition",
                          "Content-Length",
                          "Content-Range",
                          "ETag",
                          "Last-Modified",
                          "Location",
                          "RateLimit",
                          "RateLimit-Policy",
                          "Retry-After",
                          "Upload-Offset",
                          "X-Request-ID"};
  return cors;
}

void Service::LogAccess(const http::AccessRecord& record) {
  metrics_.CountRequest(record);
  const std::chrono::duration<double, std::milli> ms = record.duration;
  core_.log.Info("request", {{"request_id", record.request_id},
                             {"trace_id", record.trace_id},
                             {"span_id", record.span_id},
                             {"parent_id", record.parent_id},
                             {"method", record.method},
                             {"path", record.path},
                             {"status", record.status},
                             {"bytes_in", record.bytes_in},
                             {"bytes_out", record.bytes_out},
                             {"ms", ms.count()},
                             {"remote", record.remote_address},
                             {"user_agent", record.user_agent},
                             {"key", record.principal}});
}

http::ServerCallbacks Service::MakeCallbacks() {
  http::ServerCallbacks callbacks;
  callbacks.error_responder = [this](const http::Request& request, const Error& error, int status) {
    http::Response response = api::ErrorResponse(request, error, status);
    if (response.status == 500) {
      core_.log.Error(error.what(),
                      {{"request_id", request.request_id()}, {"path", request.path()}});
    }
    return response;
  };
  callbacks.on_access = [this](const http::AccessRecord& record) { LogAccess(record); };
  callbacks.before_send = [this](const http::Request& request, http::Response& response) {
    AddSecurityHeaders(core_.settings.server, request, response);
  };
  callbacks.on_limit = [this](std::string_view limit) { metrics_.CountLimit(limit); };
  callbacks.on_warning = [this](std::string_view message) { core_.log.Warning(message); };
  return callbacks;
}

void Service::Reload() {
  if (!tls_) {
    core_.log.Info("there is nothing to reload");
    return;
  }
  try {
    tls_->Reload();
    core_.log.Info("certificate reloaded");
  } catch (const Error& error) {
    std::string message = error.what();
    for (const FieldError& detail : error.details()) {
      message += fmt::format("; {} {}", detail.field, detail.message);
    }
    core_.log.Error("the certificate stays as it was: " + message);
  }
}

void Service::Run(const std::stop_token& stop) {
  const config::Settings& settings = core_.settings;
  http::Router router;
  api::AddRoutes(router, context_);
  http::Server server(ToServerSettings(settings), std::move(router), ToCorsPolicy(),
                      MakeCallbacks(), pool_, tls_);
  context_.collect = [this, &server](api::Metrics& metrics) {
    metrics.SetConnections(server.num_connections());
    metrics.SetPool(static_cast<double>(pool_.num_queued()),
                    std::chrono::duration<double>(pool_.OldestWait()).count());
    core_.CollectMetrics();
  };
  // Where workers hear of jobs through a queue of their own, this process only serves.
  const bool works = settings.queue.url.empty();
  core_.Start(works);
  server.Start();
  const auto redirect = MakeRedirectServer(settings, server.port(), MakeCallbacks(), pool_);
  if (redirect) redirect->Start();
  core_.log.Info("listening", {{"host", settings.server.host},
                               {"port", server.port()},
                               {"tls", tls_ != nullptr},
                               {"http_redirect_port", settings.server.http_redirect_port},
                               {"device", kDevice},
                               {"gpu_wanted", settings.processing.enable_gpu},
                               {"works", works},
                               {"threads_per_job", core_.tool.threads_per_job}});
  fmt::print("stemscribed {} listens at {}://{}:{}\n", kVersion, tls_ ? "https" : "http",
             settings.server.host, server.port());
  std::fflush(stdout);
  WaitFor(stop);

  core_.log.Info("draining");
  draining_ = true;
  // Watchers of a job see it end, and others get their answers, while the jobs have their grace.
  core_.StopWorking();
  if (redirect) redirect->Stop();
  server.Drain(ToMilliseconds(settings.processing.drain_sec));
  server.Stop();
  core_.Stop();
  core_.log.Info("stopped");
}

}  // namespace stemscribe::app
