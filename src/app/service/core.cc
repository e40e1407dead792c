#include "app/service/core.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/cpu.h"
#include "db/migrate.h"
#include "jobs/job.h"
#include "storage/open_store.h"

namespace stemscribe::app {
namespace {

namespace fs = std::filesystem;

boost::json::object JobFields(const jobs::Job& job) {
  boost::json::object fields{{"job_id", job.id}, {"status", jobs::StatusName(job.status)}};
  if (!job.trace.parent.empty()) fields["trace_id"] = job.trace.trace_id();
  return fields;
}

bool IsSqlite(const config::Settings& settings) {
  return settings.database.url.starts_with("sqlite");
}

}  // namespace

fs::path ProgramFolder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

jobs::Milliseconds ToMilliseconds(double sec) {
  return jobs::Milliseconds(static_cast<int64_t>(sec * 1000));
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
  tool.job_timeout = ToMilliseconds(processing.job_timeout_sec);
  tool.job_memory_bytes = processing.job_memory_bytes;
  tool.job_cpu_sec = static_cast<int64_t>(std::ceil(processing.job_cpu_sec));
  tool.max_output_file_bytes = processing.job_file_bytes;
  tool.max_output_bytes = processing.job_output_bytes;
  tool.sandbox = processing.job_sandbox;
  return tool;
}

db::RepositorySettings ToRepositorySettings(const config::Settings& settings) {
  return {.url = settings.database.url,
          .pool_size = settings.database.pool_size,
          .timeout = ToMilliseconds(settings.database.timeout_sec),
          .has_outbox = !settings.queue.url.empty()};
}

std::unique_ptr<jobs::BlobStore> OpenStore(const config::StorageSettings& settings) {
  const auto variable = [&](const char* name) -> std::optional<std::string> {
    const std::string_view wanted = name;
    if (wanted == "AWS_ACCESS_KEY_ID" && !settings.access_key.empty()) return settings.access_key;
    if (wanted == "AWS_SECRET_ACCESS_KEY" && !settings.secret_key.empty()) {
      return settings.secret_key;
    }
    if (wanted == "AWS_REGION" && !settings.region.empty()) return settings.region;
    return storage::ProcessEnvironment(name);
  };
  return storage::OpenStore({.url = settings.url,
                             .path = settings.path,
                             .limit_bytes = settings.limit_bytes,
                             .low_disk_bytes = settings.low_disk_bytes,
                             .redirect_downloads = settings.downloads == "redirect"},
                            variable);
}

Core::Core(const config::Settings& from)
    : settings(from),
      log(ToLogOptions(from.log)),
      tool(ToToolSettings(from)),
      instance(from.storage.path / ".instances"),
      repository([&] {
        db::RepositorySettings repository_settings = ToRepositorySettings(from);
        repository_settings.on_waiting = [this](const std::string& reason) {
          log.Warning("waiting for the database: " + reason);
        };
        return db::OpenRepository(repository_settings, clock);
      }()),
      store(OpenStore(from.storage)),
      queue(queue::OpenQueue(ToQueueSettings())),
      job_service(*repository, *store, *queue.queue, *queue.events),
      sender({.allow_private = from.webhook.allow_private}),
      webhooks({.secret = from.webhook.secret}, *repository, sender, clock,
               [this](const std::string& message) { log.Warning(message); }),
      sweeper(ToSweeperSettings(), *repository, *store, *queue.queue, *queue.events, instance,
              clock, MakeSweeperHooks()),
      worker(ToWorkerSettings(), *repository, *store, *queue.queue, *queue.events, instance,
             MakeWorkerHooks()) {}

queue::OpenQueueSettings Core::ToQueueSettings() {
  return {.url = settings.queue.url,
          .consumer = instance.id(),
          .find_job = [this](const std::string& id) { return repository->Find(id); },
          .outbox = repository.get(),
          .on_error = [this](const std::string& message) { log.Warning(message); },
          .meter = redis_meter};
}

jobs::SweeperSettings Core::ToSweeperSettings() const {
  jobs::SweeperSettings to;
  to.retention = std::chrono::hours(24 * settings.storage.retention_days);
  to.sweep_interval = ToMilliseconds(settings.storage.sweep_interval_sec);
  to.database_made_at = db::MadeAt(settings.database.url);
  to.is_single_host = IsSqlite(settings);  // a local file: nobody else can be at work
  to.scratch_dir = settings.storage.path / ".scratch";
  return to;
}

jobs::SweeperHooks Core::MakeSweeperHooks() {
  return {.on_error = [this](const std::string& message) { log.Error(message); },
          .on_low =
              [this](const jobs::StorageUsage& usage) {
                const boost::json::object fields{{"used_bytes", usage.used_bytes},
                                                 {"limit_bytes", usage.limit_bytes},
                                                 {"free_bytes", usage.free_bytes}};
                if (usage.low) {
                  log.Warning("the storage is nearly full", fields);
                } else {
                  log.Info("the storage has room again", fields);
                }
              }};
}

jobs::WorkerSettings Core::ToWorkerSettings() const {
  jobs::WorkerSettings to;
  to.num_slots = settings.processing.max_concurrent_jobs;
  to.scratch_dir = settings.storage.path / ".scratch";
  to.lease = ToMilliseconds(settings.processing.lease_sec);
  to.tool = tool;
  return to;
}

jobs::WorkerHooks Core::MakeWorkerHooks() {
  return {.on_started = [this](const jobs::Job& job) { log.Info("job started", JobFields(job)); },
          .on_ended =
              [this](const jobs::Job& job, double seconds) {
                boost::json::object fields = JobFields(job);
                fields["seconds"] = seconds;
                if (!job.error_message.empty()) fields["error_message"] = job.error_message;
                log.Info("job ended", fields);
                metrics.CountJobEnd(job, seconds);
              },
          .on_stage_ended =
              [this](const jobs::Job& job, jobs::JobStage stage, double seconds) {
                log.Info(
                    "stage ended",
                    {{"job_id", job.id}, {"stage", jobs::StageName(stage)}, {"seconds", seconds}});
                metrics.CountStage(stage, seconds);
              },
          .on_failed = [this](const jobs::Job&,
                              const jobs::JobFailure& failure) { metrics.CountFailure(failure); },
          .on_error = [this](const std::string& message) { log.Error(message); }};
}

void Core::Start(bool works) {
  if (works) worker.Start();
  sweeper.Start();
  webhooks.Start();
}

void Core::StopWorking() { worker.Stop(ToMilliseconds(settings.processing.drain_sec)); }

void Core::CollectMetrics() {
  const db::PoolUse database = repository->Connections();
  metrics.SetDatabase(database.busy, database.size - database.busy);
  if (settings.queue.url.empty()) return;
  const int num_idle = redis_meter->num_idle;
  metrics.SetRedis(std::max(0, redis_meter->num_open - num_idle), num_idle, redis_meter->is_up);
}

void Core::Stop() {
  webhooks.Stop();
  sweeper.Stop();
}

}  // namespace stemscribe::app
