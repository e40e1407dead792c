// What the endpoints work with. Made by app/, outlives the server.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "api/artefact_cache.h"
#include "api/limits.h"
#include "api/metrics.h"
#include "auth/authenticator.h"
#include "base/log.h"
#include "http/blocking_pool.h"
#include "jobs/blob_store.h"
#include "jobs/clock.h"
#include "jobs/event_bus.h"
#include "jobs/job_queue.h"
#include "jobs/job_repository.h"
#include "jobs/job_service.h"
#include "jobs/prober.h"
#include "jobs/sweeper.h"
#include "jobs/webhook.h"

namespace stemscribe::api {

struct ApiSettings {
  std::string version;
  std::string device;  // what the networks run on, for /health
  int64_t max_file_bytes = int64_t{100} << 20;
  double max_duration_sec = 3 * 3600;
  bool reuse_results = true;          // where a request does not say
  bool nginx_sends_stems = false;     // a proxy in front sends the files that it is named
  int max_uploads = 128;              // at once
  jobs::Milliseconds retention{0};    // of ended jobs; 0: for ever
  std::filesystem::path swagger_dir;  // empty: no /docs
  std::filesystem::path web_dir;      // empty: no page at /
  std::chrono::milliseconds heartbeat{15'000};
};

struct ApiContext {
  ApiSettings settings;
  const Log& log;
  jobs::JobRepository& repository;
  jobs::BlobStore& store;
  jobs::JobQueue& queue;
  jobs::EventBus& events;
  jobs::JobService& service;
  jobs::Sweeper& sweeper;
  const jobs::WebhookSender& webhooks;
  const jobs::Clock& clock;
  jobs::Prober& prober;
  http::BlockingPool& pool;
  http::BlockingPool& slow_pool;  // for what may take seconds, so that nothing else waits for it
  Metrics& metrics;
  auth::Authenticator* keys = nullptr;  // null: everybody may do everything
  Limits& limits;
  const std::atomic<bool>& draining;
  /// Sets what only the parts outside of the API know, before the metrics are read; blocks.
  std::function<void(Metrics&)> collect = [](Metrics&) {};
  ArtefactCache artefacts{};
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
};

}  // namespace stemscribe::api
