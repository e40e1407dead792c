// /health for people, /health/ready for load balancers, /health/live for supervisors, /metrics for
// Prometheus.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/routes.h"
#include "base/json_text.h"

namespace stemscribe::api {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;
using http::Request;
using http::Response;

constexpr std::chrono::seconds kHealthAge{1};
constexpr std::chrono::seconds kPatience{2};  // for checks, before they count as failed
constexpr std::chrono::milliseconds kPoll{20};

/// Runs a check; {"ok": true} or {"ok": false, "message": why}.
template <typename Check>
json::object RunCheck(bool& all_well, Check check) {
  try {
    check();
    return {{"ok", true}};
  } catch (const std::exception& error) {
    all_well = false;
    return {{"ok", false}, {"message", error.what()}};
  }
}

struct Health {
  bool ready = true;  // to take requests; uploads alone need room, and are told
  json::object body;
};

json::object BodyOf(ApiContext& context, json::object checks, json::object counts) {
  const jobs::StorageUsage usage = context.store.Usage();
  const std::chrono::duration<double> uptime = std::chrono::steady_clock::now() - context.started;
  return {{"status", "ok"},
          {"version", context.settings.version},
          {"uptime_sec", std::round(uptime.count() * 10) / 10},
          {"draining", context.draining.load()},
          {"device", context.settings.device},
          {"checks", std::move(checks)},
          {"storage",
           {{"used_bytes", usage.used_bytes},
            {"free_bytes", usage.free_bytes},
            {"limit_bytes", usage.limit_bytes > 0 ? json::value(usage.limit_bytes) : nullptr}}},
          {"jobs", std::move(counts)}};
}

Health Look(ApiContext& context) {
  Health health;
  json::object checks;
  json::object counts;
  checks["database"] = RunCheck(health.ready, [&] {
    context.repository.CheckHealth();
    for (const auto& [status, count] : context.repository.CountByStatus()) {
      counts[jobs::StatusName(status)] = count;
    }
  });
  checks["storage"] = RunCheck(health.ready, [&] { context.store.CheckHealth(); });
  checks["queue"] = RunCheck(health.ready, [&] { context.queue.CheckHealth(); });
  bool has_room = true;
  checks["room"] = RunCheck(has_room, [&] { context.store.CheckRoom(1); });
  health.body = BodyOf(context, std::move(checks), std::move(counts));
  health.body["status"] = health.ready && has_room ? "ok" : "degraded";
  return health;
}

/// Checks touch the disk and the database, so what they find is used for a second. One looks at a
/// time, however many ask: a bucket that hangs holds one thread.
class HealthMonitor {
 public:
  explicit HealthMonitor(ApiContext& context) : context_(context) {}

  awaitable<Health> Get() {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      if (std::optional<Health> recent = Recent()) co_return std::move(*recent);
      if (!is_looking_.exchange(true)) co_return co_await LookNow();
      if (std::chrono::steady_clock::now() >= deadline) co_return Overdue();
      timer.expires_after(kPoll);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }

 private:
  awaitable<Health> LookNow() {
    const auto end = [](std::atomic<bool>* is_looking) { *is_looking = false; };
    const std::unique_ptr<std::atomic<bool>, decltype(end)> turn(&is_looking_, end);
    auto look = [this] { return Look(context_); };
    Health health = co_await context_.pool.Run(look);
    std::lock_guard lock(mutex_);
    health_ = health;
    looked_at_ = std::chrono::steady_clock::now();
    co_return health;
  }

  Health Overdue() {
    const std::string message =
        fmt::format("the checks have not ended for {} s", kPatience.count());
    std::lock_guard lock(mutex_);
    Health health{.ready = false, .body = health_ ? health_->body : BodyOf(context_, {}, {})};
    health.body["status"] = "degraded";
    health.body["draining"] = context_.draining.load();
    health.body["checks"] = {{"checks", {{"ok", false}, {"message", message}}}};
    return health;
  }

  std::optional<Health> Recent() {
    std::lock_guard lock(mutex_);
    if (!health_ || std::chrono::steady_clock::now() - looked_at_ > kHealthAge) return std::nullopt;
    Health health = *health_;
    health.body["draining"] = context_.draining.load();
    return health;
  }

  ApiContext& context_;
  std::atomic<bool> is_looking_{false};
  std::mutex mutex_;  // guards what follows
  std::optional<Health> health_;
  std::chrono::steady_clock::time_point looked_at_;
};

Response HealthResponse(int status, const Health& health) {
  Response response = Response::Json(status, ToJsonText(health.body));
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

awaitable<Response> GetHealth(std::shared_ptr<HealthMonitor> monitor) {
  const Health health = co_await monitor->Get();
  co_return HealthResponse(200, health);
}

awaitable<Response> GetReady(std::shared_ptr<HealthMonitor> monitor, const ApiContext& context) {
  const Health health = co_await monitor->Get();
  co_return HealthResponse(health.ready && !context.draining ? 200 : 503, health);
}

awaitable<Response> GetLive(ApiContext&, Request&) {
  Response response = Response::Json(200, R"({"status":"ok"})");
  response.headers.Set("Cache-Control", "no-store");
  co_return response;
}

void SetQueueMetrics(ApiContext& context) {
  try {
    if (const auto stats = context.queue.Stats()) {
      context.metrics.SetQueue(static_cast<double>(stats->lag), static_cast<double>(stats->pending),
                               static_cast<double>(stats->dead));
    }
  } catch (const Error& error) {
    context.log.Warning(error.what());  // the other metrics are worth as much without it
  }
}

/// Jobs by status and stage, and how long the next one has waited.
void SetJobMetrics(ApiContext& context) {
  constexpr int kMostInWork = 10'000;
  for (const auto& [status, count] : context.repository.CountByStatus()) {
    context.metrics.SetJobs(status, static_cast<double>(count));
  }
  std::map<jobs::JobStage, double> in_stage;
  for (const jobs::JobStage stage : jobs::kAllStages) in_stage[stage] = 0;
  jobs::JobFilter in_work;
  in_work.statuses = {jobs::JobStatus::kProcessing};
  for (const jobs::Job& job : context.repository.List(in_work, kMostInWork, "").jobs) {
    if (job.stage) ++in_stage[*job.stage];
  }
  for (const auto& [stage, count] : in_stage) context.metrics.SetInStage(stage, count);
  double wait_sec = 0;
  for (const std::string& id : context.repository.QueuedJobs(1, "")) {
    const auto oldest = context.repository.Find(id);
    if (!oldest) continue;
    const std::chrono::duration<double> wait = context.clock.Now() - oldest->created_at;
    wait_sec = std::max(0.0, wait.count());
  }
  context.metrics.SetQueueWait(wait_sec);
}

awaitable<Response> GetMetrics(ApiContext& context, Request&) {
  auto collect = [&] {
    SetJobMetrics(context);
    context.collect(context.metrics);
    context.metrics.SetStorage(context.store.Usage());
    SetQueueMetrics(context);
    return context.metrics.Text();
  };
  std::string text = co_await context.pool.Run(collect);
  co_return Response::Text(200, std::move(text), kMetricsContentType);
}

}  // namespace

void AddHealthRoutes(http::Router& router, ApiContext& context) {
  const auto monitor = std::make_shared<HealthMonitor>(context);
  const auto add = [&router](const char* path, http::Handler handler) {
    router.Add(http::Method::kGet, path, std::move(handler), {.is_vital = true});
  };
  add("/health", [monitor](Request&) { return GetHealth(monitor); });
  add("/health/ready", [monitor, &context](Request&) { return GetReady(monitor, context); });
  add("/health/live", [&context](Request& request) { return GetLive(context, request); });
  add("/metrics", [&context](Request& request) { return GetMetrics(context, request); });
}

}  // namespace stemscribe::api
