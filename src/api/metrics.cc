#include "api/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace stemscribe::api {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET",    "HEAD",    "POST", "PUT",
                                                      "DELETE", "OPTIONS", "PATCH"};
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries kRequestSeconds = {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60};

/// The limit that an answer of this status tells of; empty for all others. 429 and 503 have
/// many reasons, and are counted where they are decided.
std::string_view LimitOf(int status) {
  switch (status) {
    case 408:
      return "time";
    case 413:
      return "body_size";
    case 431:
      return "header_size";
    case 507:
      return "storage";
    default:
      return {};
  }
}

}  // namespace

struct Metrics::Impl {
  explicit Impl(prometheus::Registry& of_process) : registry(of_process) {}

  prometheus::Registry& registry;

  Family<Counter>& NewCounter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& NewGauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& NewHistogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Family<Counter>& requests = NewCounter("stemscribe_http_requests_total", "Requests answered");
  Family<Histogram>& request_seconds =
      NewHistogram("stemscribe_http_request_duration_seconds",
                   "From the head of a request to the last byte of its response");
  Family<Counter>& bytes = NewCounter("stemscribe_http_bytes_total", "Bytes of bodies");
  Family<Counter>& limits = NewCounter(
      "stemscribe_limits_hit_total", "Connections and requests refused, by the limit that was hit");
  Counter& own_rate_limits =
      NewCounter("stemscribe_own_rate_limits_total",
                 "Requests whose rate was limited by this server alone: Redis did not answer")
          .Add({});
  Gauge& connections = NewGauge("stemscribe_http_connections", "Connections that are open").Add({});
  Gauge& pool_queued =
      NewGauge("stemscribe_pool_queued_tasks", "Work that waits for a thread").Add({});
  Gauge& pool_wait =
      NewGauge("stemscribe_pool_wait_seconds", "How long the next of it has waited").Add({});

  Family<Gauge>& jobs = NewGauge("stemscribe_jobs", "Jobs by status");
  Family<Gauge>& in_stage = NewGauge("stemscribe_jobs_in_stage", "Jobs in work, by stage");
  Gauge& queue_wait =
      NewGauge("stemscribe_queue_wait_seconds", "How long the oldest job in the queue has waited")
          .Add({});
  Family<Gauge>& queue =
      NewGauge("stemscribe_queue_announcements",
               "In the shared queue: waiting (lag), in work (pending), given up (dead)");
  Family<Gauge>& storage =
      NewGauge("stemscribe_storage_bytes",
               "Of all jobs, free on the disk, and STORAGE_LIMIT_GB, if there is one");
};

Metrics::Metrics(ProcessMetrics& process)
    : process_(process), impl_(std::make_unique<Impl>(process.registry())) {
  for (const char* limit :
       {"body_size", "connections", "connections_of_address", "header_size", "quota",
        "rate_requests", "rate_uploads", "shed", "storage", "time", "uploads"}) {
    impl_->limits.Add({{"limit", limit}});
  }
  for (const char* direction : {"in", "out"}) impl_->bytes.Add({{"direction", direction}});
  for (const jobs::JobStage stage : jobs::kAllStages) SetInStage(stage, 0);
  for (const jobs::JobStatus status : jobs::kAllStatuses) SetJobs(status, 0);
}
Metrics::~Metrics() = default;

void Metrics::CountRequest(const http::AccessRecord& record) {
  const std::string route(record.route_pattern.empty() ? "none" : record.route_pattern);
  const bool known = std::find(kMethods.begin(), kMethods.end(), record.method) != kMethods.end();
  const std::string method(known ? record.method : "other");
  impl_->requests
      .Add({{"method", method}, {"route", route}, {"status", std::to_string(record.status)}})
      .Increment();
  impl_->request_seconds.Add({{"route", route}}, kRequestSeconds)
      .Observe(std::chrono::duration<double>(record.duration).count());
  impl_->bytes.Add({{"direction", "in"}}).Increment(static_cast<double>(record.bytes_in));
  impl_->bytes.Add({{"direction", "out"}}).Increment(static_cast<double>(record.bytes_out));
  if (const std::string_view limit = LimitOf(record.status); !limit.empty()) CountLimit(limit);
}

void Metrics::CountLimit(std::string_view limit) {
  impl_->limits.Add({{"limit", std::string(limit)}}).Increment();
}

void Metrics::CountOwnRateLimit() { impl_->own_rate_limits.Increment(); }

void Metrics::SetConnections(double count) { impl_->connections.Set(count); }

void Metrics::SetPool(double num_queued, double oldest_wait_sec) {
  impl_->pool_queued.Set(num_queued);
  impl_->pool_wait.Set(oldest_wait_sec);
}

void Metrics::SetJobs(jobs::JobStatus status, double count) {
  impl_->jobs.Add({{"status", std::string(jobs::StatusName(status))}}).Set(count);
}

void Metrics::SetInStage(jobs::JobStage stage, double count) {
  impl_->in_stage.Add({{"stage", std::string(jobs::StageName(stage))}}).Set(count);
}

void Metrics::SetQueueWait(double seconds) { impl_->queue_wait.Set(seconds); }

void Metrics::SetQueue(double lag, double pending, double dead) {
  impl_->queue.Add({{"state", "lag"}}).Set(lag);
  impl_->queue.Add({{"state", "pending"}}).Set(pending);
  impl_->queue.Add({{"state", "dead"}}).Set(dead);
}

void Metrics::SetStorage(const jobs::StorageUsage& usage) {
  impl_->storage.Add({{"kind", "used"}}).Set(static_cast<double>(usage.used_bytes));
  impl_->storage.Add({{"kind", "free"}}).Set(static_cast<double>(usage.free_bytes));
  if (usage.limit_bytes == 0) return;
  impl_->storage.Add({{"kind", "limit"}}).Set(static_cast<double>(usage.limit_bytes));
}

}  // namespace stemscribe::api
