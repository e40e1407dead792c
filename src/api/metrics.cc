#include "api/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

namespace stemscribe::api {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET",    "HEAD",    "POST", "PUT",
                                                      "DELETE", "OPTIONS", "PATCH"};
const prometheus::Histogram::BucketBoundaries kRequestSeconds = {0.001, 0.005, 0.02, 0.1,
                                                                 0.5,   2,     10,   60};
const prometheus::Histogram::BucketBoundaries kJobSeconds = {1,  2,  5,   10,  20,
                                                             40, 80, 160, 320, 640};

/// The limit that an answer of this status tells of; empty for all others. 503 has many reasons,
/// and is counted where it is decided.
std::string_view LimitOf(int status) {
  switch (status) {
    case 408:
      return "time";
    case 413:
      return "body_size";
    case 429:
      return "rate";
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
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("stemscribe_http_requests_total")
                                                          .Help("Requests answered")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& request_seconds =
      prometheus::BuildHistogram()
          .Name("stemscribe_http_request_duration_seconds")
          .Help("From the head of a request to the last byte of its response")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& bytes = prometheus::BuildCounter()
                                                       .Name("stemscribe_http_bytes_total")
                                                       .Help("Bytes of bodies")
                                                       .Register(registry);
  prometheus::Family<prometheus::Counter>& limits =
      prometheus::BuildCounter()
          .Name("stemscribe_limits_hit_total")
          .Help("Connections and requests refused, by the limit that was hit")
          .Register(registry);
  prometheus::Gauge& connections = prometheus::BuildGauge()
                                       .Name("stemscribe_http_connections")
                                       .Help("Connections that are open")
                                       .Register(registry)
                                       .Add({});
  prometheus::Family<prometheus::Gauge>& jobs =
      prometheus::BuildGauge().Name("stemscribe_jobs").Help("Jobs by status").Register(registry);
  prometheus::Family<prometheus::Histogram>& job_seconds =
      prometheus::BuildHistogram()
          .Name("stemscribe_job_duration_seconds")
          .Help("From start to end of a job")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& storage = prometheus::BuildGauge()
                                                       .Name("stemscribe_storage_bytes")
                                                       .Help("Of all jobs, and free on the disk")
                                                       .Register(registry);
  prometheus::Family<prometheus::Gauge>& queue =
      prometheus::BuildGauge()
          .Name("stemscribe_queue_announcements")
          .Help("In the shared queue: waiting (lag), in work (pending), given up (dead)")
          .Register(registry);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
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

void Metrics::SetJobs(const std::string& status, double count) {
  impl_->jobs.Add({{"status", status}}).Set(count);
}

void Metrics::SetStorage(double used_bytes, double free_bytes) {
  impl_->storage.Add({{"kind", "used"}}).Set(used_bytes);
  impl_->storage.Add({{"kind", "free"}}).Set(free_bytes);
}

void Metrics::SetQueue(double lag, double pending, double dead) {
  impl_->queue.Add({{"state", "lag"}}).Set(lag);
  impl_->queue.Add({{"state", "pending"}}).Set(pending);
  impl_->queue.Add({{"state", "dead"}}).Set(dead);
}

void Metrics::SetConnections(double count) { impl_->connections.Set(count); }

void Metrics::CountJobEnd(const std::string& status, double duration_sec) {
  impl_->job_seconds.Add({{"status", status}}, kJobSeconds).Observe(duration_sec);
}

std::string Metrics::Text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  return out.str();
}

}  // namespace stemscribe::api
