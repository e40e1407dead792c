// List, look at, cancel and delete jobs; manual cleanup.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "api/error_table.h"
#include "api/guard.h"
#include "api/idempotency_key.h"
#include "api/job_json.h"
#include "api/result_json.h"
#include "api/routes.h"
#include "base/json_text.h"
#include "http/conditional.h"

namespace stemscribe::api {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;
using http::Request;
using http::Response;

constexpr int kDefaultLimit = 20;
constexpr int kMaxLimit = 100;
constexpr ptrdiff_t kMaxTextChars = 200;

std::optional<jobs::TimePoint> TimeParam(const http::QueryParams& query, const std::string& name) {
  const auto text = query.Get(name);
  if (!text) return std::nullopt;
  const auto time = jobs::ParseUtc(*text);
  if (!time) throw InvalidField(name, "must be a time such as 2026-01-31T10:00:00Z");
  return time;
}

std::vector<jobs::JobStatus> StatusParam(const http::QueryParams& query) {
  std::vector<jobs::JobStatus> statuses;
  for (std::string_view list : query.GetAll("status")) {
    while (true) {
      const size_t comma = list.find(',');
      const auto status = jobs::ParseStatus(list.substr(0, comma));
      if (!status) {
        throw InvalidField("status", "must be of queued, processing, completed, failed, cancelled");
      }
      statuses.push_back(*status);
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  return statuses;
}

/// Empty if it is not there.
std::string TextParam(const http::QueryParams& query, const std::string& name) {
  std::string text(query.Get(name).value_or(""));
  const auto num_chars =
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });  // UTF-8
  if (num_chars > kMaxTextChars) {
    throw InvalidField(name, fmt::format("must have at most {} characters", kMaxTextChars));
  }
  return text;
}

/// The caller's own job that was made under this key, or none.
jobs::JobPage JobOfKey(jobs::JobRepository& repository, const std::string& owner,
                       const std::string& key) {
  jobs::JobPage page;
  if (!IsIdempotencyKey(key)) return page;  // nobody can have used it
  if (auto job = repository.FindByIdempotencyKey(owner, key)) page.jobs.push_back(std::move(*job));
  return page;
}

awaitable<Response> ListJobs(ApiContext& context, Request& request) {
  const http::QueryParams& query = request.query();
  const auto limit =
      static_cast<int>(query.GetInteger("limit", 1, kMaxLimit).value_or(kDefaultLimit));
  const std::string cursor = TextParam(query, "cursor");
  jobs::JobFilter filter;
  filter.statuses = StatusParam(query);
  filter.created_after = TimeParam(query, "created_after");
  filter.created_before = TimeParam(query, "created_before");
  filter.search = TextParam(query, "q");
  const http::Principal& caller = request.principal();
  if (!caller.is_admin) filter.owner = caller.id;
  const auto key = query.Get("idempotency_key");
  if (key && (key->empty() || key->size() > kMaxIdempotencyKeyBytes)) {
    throw InvalidField("idempotency_key", "must have 1 to 255 characters");
  }
  auto load = [&] {
    const jobs::JobPage page = key ? JobOfKey(context.repository, caller.id, std::string(*key))
                                   : context.repository.List(filter, limit, cursor);
    json::array list;
    for (const jobs::Job& job : page.jobs) list.push_back(JobToJson(job, context));
    return ToJsonText(
        json::object{{"jobs", std::move(list)},
                     {"next_cursor", page.next_cursor.empty() ? json::value(nullptr)
                                                              : json::value(page.next_cursor)}});
  };
  std::string body = co_await context.pool.Run(load);
  Response response = Response::Json(200, std::move(body));
  response.headers.Set("Cache-Control", "private, no-cache");
  co_return WithContentEtag(request, std::move(response));
}

awaitable<Response> GetJob(ApiContext& context, Request& request) {
  std::string etag;
  auto load = [&] {
    const jobs::Job job = FindJob(context.repository, request);
    const json::object object = JobToJson(job, context);
    // The place in the queue changes without the job.
    const json::value& position = object.at("queue_position");
    etag = "\"" + std::to_string(job.version) +
           (position.is_null() ? "" : "-" + ToJsonText(position)) + "\"";
    return ToJsonText(object);
  };
  std::string body = co_await context.pool.Run(load);
  Response response = Response::Json(200, std::move(body));
  response.headers.Set("Cache-Control", "private, no-cache");
  http::ApplyEtag(request, etag, response);
  co_return response;
}

awaitable<Response> CancelJob(ApiContext& context, Request& request) {
  auto cancel = [&] {
    const std::string id = FindJob(context.repository, request).id;
    return ToJsonText(JobToJson(context.service.Cancel(id), context));
  };
  std::string body = co_await context.pool.Run(cancel);
  co_return Response::Json(200, std::move(body));
}

awaitable<Response> DeleteJob(ApiContext& context, Request& request) {
  auto remove = [&] {
    const std::string id = FindJob(context.repository, request).id;
    context.service.Delete(id);
    context.log.Info(
        "job deleted",
        {{"job_id", id}, {"request_id", request.request_id()}, {"key", request.principal().id}});
    return ToJsonText(json::object{{"job_id", id}, {"deleted", true}});
  };
  std::string body = co_await context.pool.Run(remove);
  co_return Response::Json(200, std::move(body));
}

awaitable<Response> CleanUp(ApiContext& context, Request& request) {
  const bool dry_run = request.query().GetBool("dry_run").value_or(false);
  auto sweep = [&] {
    const jobs::SweepReport report = context.sweeper.Sweep(dry_run);
    if (!dry_run) {
      context.log.Info("cleaned up", {{"expired_jobs", json::value_from(report.expired_jobs)},
                                      {"orphans", report.orphans.size()},
                                      {"request_id", request.request_id()},
                                      {"key", request.principal().id}});
    }
    return ToJsonText(json::object{{"dry_run", dry_run},
                                   {"expired_jobs", json::value_from(report.expired_jobs)},
                                   {"orphans", json::value_from(report.orphans)},
                                   {"bytes", report.bytes}});
  };
  std::string body = co_await context.slow_pool.Run(sweep);
  co_return Response::Json(200, std::move(body));
}

}  // namespace

void AddJobRoutes(http::Router& router, ApiContext& context) {
  const auto add = [&](http::Method method, const char* pattern, auto* handler) {
    router.Add(method, pattern,
               [&context, handler](Request& request) { return handler(context, request); });
  };
  add(http::Method::kGet, "/api/v1/jobs", ListJobs);
  add(http::Method::kGet, "/api/v1/jobs/{job_id}", GetJob);
  add(http::Method::kDelete, "/api/v1/jobs/{job_id}", DeleteJob);
  add(http::Method::kPost, "/api/v1/jobs/{job_id}/cancel", CancelJob);
  add(http::Method::kPost, "/api/v1/admin/cleanup", CleanUp);
}

}  // namespace stemscribe::api
