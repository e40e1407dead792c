// What every process of the service has, whether it serves, works or cleans up: the parts that know
// of jobs. With service.cc the only place that names the implementations.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "api/process_metrics.h"
#include "app/version.h"
#include "base/log.h"
#include "config/settings.h"
#include "db/repository.h"
#include "jobs/instance.h"
#include "jobs/job_service.h"
#include "jobs/sweeper.h"
#include "jobs/webhook.h"
#include "jobs/worker.h"
#include "queue/open_queue.h"
#include "webhook/curl_sender.h"

namespace stemscribe::app {

/// The folder of the running program.
std::filesystem::path ProgramFolder();

LogOptions ToLogOptions(const config::LogSettings& settings);
jobs::ToolSettings ToToolSettings(const config::Settings& settings);
jobs::Milliseconds ToMilliseconds(double sec);
db::RepositorySettings ToRepositorySettings(const config::Settings& settings);

/// The store of songs that the settings name. Throws as storage::OpenStore.
std::unique_ptr<jobs::BlobStore> OpenStore(const config::StorageSettings& settings);

/// Owns its parts, which are public: others are made of them. Opens the database (bringing its
/// schema up to date), the storage, the queue and the log. Throws Error.
class Core {
 public:
  explicit Core(const config::Settings& settings);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// Sweeps and sends callbacks from now on, and works on jobs if `works`.
  void Start(bool works);

  /// The jobs that run have their grace.
  void StopWorking();

  /// The rest.
  void Stop();

  /// Sets those of the metrics that are not counted as things happen.
  void CollectMetrics();

 private:
  jobs::WorkerHooks MakeWorkerHooks();
  jobs::SweeperHooks MakeSweeperHooks();
  jobs::WorkerSettings ToWorkerSettings() const;
  jobs::SweeperSettings ToSweeperSettings() const;
  queue::OpenQueueSettings ToQueueSettings();

 public:
  const config::Settings settings;
  Log log;
  const jobs::SystemClock clock;
  const jobs::ToolSettings tool;
  jobs::Instance instance;
  const std::unique_ptr<db::Repository> repository;
  const std::unique_ptr<jobs::BlobStore> store;
  const std::shared_ptr<queue::RedisMeter> redis_meter = std::make_shared<queue::RedisMeter>();
  const queue::OpenedQueue queue;
  jobs::JobService job_service;
  webhook::CurlSender sender;
  jobs::WebhookDispatcher webhooks;
  jobs::Sweeper sweeper;
  api::ProcessMetrics metrics{kVersion};
  jobs::Worker worker;
};

}  // namespace stemscribe::app
