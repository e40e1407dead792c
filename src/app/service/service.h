// The parts of stemscribed, put together: the only place that names the implementations.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "api/context.h"
#include "base/log.h"
#include "config/settings.h"
#include "db/repository.h"
#include "http/server.h"
#include "jobs/instance.h"
#include "jobs/worker.h"
#include "queue/local_queue.h"
#include "storage/local_store.h"
#include "webhook/curl_sender.h"

namespace stemscribe::app {

/// The folder of the running program.
std::filesystem::path ProgramFolder();

/// Where files installed beside the programs are ("swagger-ui", "models"); empty if they are not.
std::filesystem::path SharedFolder(const std::string& name);

LogOptions ToLogOptions(const config::LogSettings& settings);
jobs::ToolSettings ToToolSettings(const config::Settings& settings);

/// Owns all parts. Made, run and destroyed by main.
class Service {
 public:
  /// Opens the database (bringing its schema up to date), the storage and the log. Throws Error.
  explicit Service(const config::Settings& settings);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Serves and works until a stop is requested; then drains. Prints the address once it listens.
  void Run(const std::stop_token& stop);

  /// One sweep for expired jobs and orphans.
  jobs::SweepReport Sweep(bool dry_run) { return sweeper_.Sweep(dry_run); }

 private:
  http::ServerSettings ToServerSettings() const;
  http::CorsPolicy ToCorsPolicy() const;
  http::ServerCallbacks MakeCallbacks();
  jobs::WorkerHooks MakeWorkerHooks();
  jobs::WorkerSettings ToWorkerSettings() const;
  jobs::SweeperSettings ToSweeperSettings() const;
  void LogAccess(const http::AccessRecord& record);

  const config::Settings settings_;
  Log log_;
  const jobs::SystemClock clock_;
  const jobs::ToolSettings tool_;
  jobs::Prober prober_;
  jobs::Instance instance_;
  std::unique_ptr<jobs::JobRepository> repository_;
  storage::LocalStore store_;
  queue::LocalQueue queue_;
  jobs::LocalEventBus events_;
  jobs::JobService job_service_;
  webhook::CurlSender sender_;
  jobs::WebhookDispatcher webhooks_;
  jobs::Sweeper sweeper_;
  jobs::Worker worker_;
  http::BlockingPool pool_;
  api::Metrics metrics_;
  std::atomic<bool> draining_ = false;
  api::ApiContext context_;
};

}  // namespace stemscribe::app
