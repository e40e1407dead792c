#include "app/service/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "api/error_table.h"
#include "api/routes.h"
#include "app/version.h"
#include "base/cpu.h"
#include "base/error.h"
#include "jobs/job.h"

namespace stemscribe::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxQueuedTasks = 1024;
constexpr int kPoolThreads = 16;  // they wait for disks and locks more than they work

jobs::Milliseconds ToMs(double sec) { return jobs::Milliseconds(static_cast<int64_t>(sec * 1000)); }

boost::json::object JobFields(const jobs::Job& job) {
  return {{"job_id", job.id}, {"status", jobs::StatusName(job.status)}};
}

/// The networks run on the CPU alone so far: there is no engine for accelerators to find.
constexpr char kDevice[] = "cpu";

}  // namespace

fs::path ProgramFolder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

fs::path SharedFolder(const std::string& name) {
  const fs::path folder = ProgramFolder().parent_path() / "share" / "stemscribe" / name;
  return fs::is_directory(folder) ? folder : fs::path();
}

LogOptions ToLogOptions(const config::LogSettings& settings) {
  LogOptions options;
  options.level = ParseLogLevel(settings.level);
  options.json = settings.format == "json";
  options.file = settings.file;
  options.max_file_bytes = settings.max_file_bytes;
  options.max_files = settings.max_files;
  return options;
}

jobs::ToolSettings ToToolSettings(const config::Settings& settings) {
  const config::ProcessingSettings& processing = settings.processing;
  jobs::ToolSettings tool;
  tool.program = processing.tool.empty() ? ProgramFolder() / "stemscribe" : processing.tool;
  tool.models = processing.models;
  tool.threads_per_job =
      std::max(1, AvailableCores() / std::max(1, processing.max_concurrent_jobs));
  tool.job_timeout = ToMs(processing.job_timeout_sec);
  tool.job_memory_bytes = processing.job_memory_bytes;
  return tool;
}

Service::Service(const config::Settings& settings)
    : settings_(settings),
      log_(ToLogOptions(settings.log)),
      tool_(ToToolSettings(settings)),
      prober_(tool_),
      instance_(settings.storage.path / ".instances"),
      repository_(db::OpenRepository(
          {.url = settings.database.url, .pool_size = settings.database.pool_size}, clock_)),
      store_({.root = settings.storage.path,
              .limit_bytes = settings.storage.limit_bytes,
              .low_disk_bytes = settings.storage.low_disk_bytes}),
      job_service_(*repository_, store_, queue_, events_),
      sender_({.allow_private = settings.webhook.allow_private}),
      webhooks_({.secret = settings.webhook.secret}, *repository_, sender_, clock_,
                [this](const std::string& message) { log_.Warning(message); }),
      sweeper_(ToSweeperSettings(), *repository_, store_, queue_, events_, instance_, clock_,
               [this](const std::string& message) { log_.Error(message); }),
      worker_(ToWorkerSettings(), *repository_, store_, queue_, events_, instance_,
              MakeWorkerHooks()),
      pool_(kPoolThreads, kMaxQueuedTasks),
      context_{.settings = {.version = kVersion,
                            .device = kDevice,
                            .max_file_bytes = settings.storage.max_file_bytes,
                            .max_duration_sec = settings.processing.max_duration_sec,
                            .swagger_dir = SharedFolder("swagger-ui"),
                            .web_dir = settings.server.web.empty() ? SharedFolder("web")
                                                                   : settings.server.web},
               .log = log_,
               .repository = *repository_,
               .store = store_,
               .queue = queue_,
               .events = events_,
               .service = job_service_,
               .sweeper = sweeper_,
               .webhooks = sender_,
               .clock = clock_,
               .prober = prober_,
               .pool = pool_,
               .metrics = metrics_,
               .draining = draining_} {}

Service::~Service() = default;

jobs::SweeperSettings Service::ToSweeperSettings() const {
  jobs::SweeperSettings sweeper;
  sweeper.retention = std::chrono::hours(24 * settings_.storage.retention_days);
  sweeper.sweep_interval = ToMs(settings_.storage.sweep_interval_sec);
  sweeper.is_single_host = true;  // SQLite and a local disk: nobody else can be at work
  sweeper.scratch_dir = settings_.storage.path / ".scratch";
  return sweeper;
}

jobs::WorkerSettings Service::ToWorkerSettings() const {
  jobs::WorkerSettings worker;
  worker.num_slots = settings_.processing.max_concurrent_jobs;
  worker.scratch_dir = settings_.storage.path / ".scratch";
  worker.tool = tool_;
  return worker;
}

jobs::WorkerHooks Service::MakeWorkerHooks() {
  return {.on_started = [this](const jobs::Job& job) { log_.Info("job started", JobFields(job)); },
          .on_ended =
              [this](const jobs::Job& job, double seconds) {
                boost::json::object fields = JobFields(job);
                fields["seconds"] = seconds;
                if (!job.error_message.empty()) fields["error_message"] = job.error_message;
                log_.Info("job ended", fields);
                metrics_.CountJobEnd(std::string(jobs::StatusName(job.status)), seconds);
              },
          .on_error = [this](const std::string& message) { log_.Error(message); }};
}

http::ServerSettings Service::ToServerSettings() const {
  const config::ServerSettings& from = settings_.server;
  http::ServerSettings server;
  server.host = from.host;
  server.port = static_cast<uint16_t>(from.port);
  server.num_threads = from.num_threads;
  server.max_connections = from.max_connections;
  server.header_timeout = ToMs(from.header_timeout_sec);
  server.idle_timeout = ToMs(from.idle_timeout_sec);
  return server;
}

http::CorsPolicy Service::ToCorsPolicy() const {
  http::CorsPolicy cors;
  cors.origins = settings_.server.cors_origins;
  cors.allowed_headers = {"Authorization",     "Content-Type", "Idempotency-Key", "If-None-Match",
                          "If-Modified-Since", "If-Range",     "Last-Event-ID",   "Range",
                          "X-API-Key",         "X-Request-ID"};
  cors.exposed_headers = {"Accept-Ranges", "Content-Disposition", "Content-Length", "Content-Range",
                          "ETag",          "Last-Modified",       "Location",       "Retry-After",
                          "X-Request-ID"};
  return cors;
}

void Service::LogAccess(const http::AccessRecord& record) {
  metrics_.CountRequest(record);
  const std::chrono::duration<double, std::milli> ms = record.duration;
  log_.Info("request", {{"request_id", record.request_id},
                        {"method", record.method},
                        {"path", record.path},
                        {"status", record.status},
                        {"bytes_in", record.bytes_in},
                        {"bytes_out", record.bytes_out},
                        {"ms", ms.count()},
                        {"remote", record.remote_address},
                        {"user_agent", record.user_agent}});
}

http::ServerCallbacks Service::MakeCallbacks() {
  http::ServerCallbacks callbacks;
  callbacks.error_responder = [this](const http::Request& request, const Error& error, int status) {
    http::Response response = api::ErrorResponse(request, error, status);
    if (response.status == 500) {
      log_.Error(error.what(), {{"request_id", request.request_id()}, {"path", request.path()}});
    }
    return response;
  };
  callbacks.on_access = [this](const http::AccessRecord& record) { LogAccess(record); };
  callbacks.before_send = [](const http::Request&, http::Response& response) {
    response.headers.Set("X-Content-Type-Options", "nosniff");
  };
  callbacks.on_warning = [this](std::string_view message) { log_.Warning(message); };
  return callbacks;
}

void Service::Run(const std::stop_token& stop) {
  http::Router router;
  api::AddRoutes(router, context_);
  http::Server server(ToServerSettings(), std::move(router), ToCorsPolicy(), MakeCallbacks(),
                      pool_);
  worker_.Start();
  sweeper_.Start();
  webhooks_.Start();
  server.Start();
  log_.Info("listening", {{"host", settings_.server.host},
                          {"port", server.port()},
                          {"device", kDevice},
                          {"gpu_wanted", settings_.processing.enable_gpu},
                          {"threads_per_job", tool_.threads_per_job}});
  fmt::print("stemscribed {} listens at http://{}:{}\n", kVersion, settings_.server.host,
             server.port());
  std::fflush(stdout);

  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });

  log_.Info("draining");
  draining_ = true;
  const jobs::Milliseconds grace = ToMs(settings_.processing.drain_sec);
  // Watchers of a job see it end, and others get their answers, while the jobs have their grace.
  worker_.Stop(grace);
  server.Drain(grace);
  server.Stop();
  webhooks_.Stop();
  sweeper_.Stop();
  log_.Info("stopped");
}

}  // namespace stemscribe::app
