// A job's progress as server-sent events (WHATWG HTML, 9.2).

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <memory>
#include <string>

#include "api/guard.h"
#include "api/job_json.h"
#include "api/routes.h"
#include "base/json_text.h"
#include "http/http_error.h"
#include "http/wakeup.h"

namespace stemscribe::api {
namespace {

using boost::asio::awaitable;
using http::Request;
using http::Response;
using http::ResponseStream;

/// The version that the client has seen already; 0 if it is new.
int64_t LastSeen(const Request& request) {
  const auto text = request.header("Last-Event-ID");
  int64_t version = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), version);
  return version;
}

std::string EventText(const jobs::Job& job, ApiContext& context) {
  return fmt::format("id: {}\nevent: progress\ndata: {}\n\n", job.version,
                     ToJsonText(JobToJson(job, context)));
}

/// Sends each newer state of one job until the final one.
class EventStream {
 public:
  EventStream(ApiContext& context, std::string job_id, int64_t last_seen)
      : context_(context), job_id_(std::move(job_id)), sent_version_(last_seen) {}

  awaitable<void> Produce(ResponseStream& stream) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto wakeup = http::Wakeup::Create(executor);
    const std::weak_ptr<http::Wakeup> weak = wakeup;
    const auto subscription = context_.events.Subscribe(job_id_, [weak] {
      if (const auto alive = weak.lock()) alive->Notify();
    });
    auto find = [this] { return context_.repository.Find(job_id_); };
    std::optional<jobs::Job> job = co_await context_.pool.Run(find);
    // A client that reconnects after the end must be told of it once more, or it would come again
    // for ever.
    if (job && job->IsFinal()) sent_version_ = 0;
    while (job) {
      const bool is_newer = job->version > sent_version_;
      if (is_newer || job->status == jobs::JobStatus::kQueued) {
        auto format = [this, &job] { return EventText(*job, context_); };
        std::string text = co_await context_.pool.Run(format);
        // The place in the queue changes without the job.
        if (is_newer || text != sent_text_) {
          sent_version_ = job->version;
          sent_text_ = std::move(text);
          co_await stream.Write(sent_text_);
        }
      }
      if (job->IsFinal()) co_return;
      const auto reason = co_await wakeup->Wait(context_.settings.heartbeat, stream.stop_token());
      if (reason == http::Wakeup::Reason::kStopped) co_return;
      std::optional<jobs::Job> news = subscription->Take();
      if (!news) {
        // A heartbeat; and a look at the truth, in case another process changed it.
        co_await stream.Write(": still here\n\n");
        news = co_await context_.pool.Run(find);
        if (!news) co_return;  // deleted
      }
      job = std::move(news);
    }
  }

 private:
  ApiContext& context_;
  const std::string job_id_;
  int64_t sent_version_;
  std::string sent_text_;
};

awaitable<Response> WatchJob(ApiContext& context, Request& request) {
  const std::string accept = request.header_list("Accept").value_or("*/*");
  if (accept.find("text/event-stream") == std::string::npos &&
      accept.find("*/*") == std::string::npos && accept.find("text/*") == std::string::npos) {
    throw http::HttpError(406, ErrorCode::kInvalidArgument,
                          "events come as text/event-stream only");
  }
  auto find = [&] { return FindJob(context.repository, request).id; };
  const std::string id = co_await context.pool.Run(find);
  const auto events = std::make_shared<EventStream>(context, id, LastSeen(request));
  co_return Response::EventStream(
      [events](ResponseStream& stream) { return events->Produce(stream); });
}

}  // namespace

void AddEventsRoute(http::Router& router, ApiContext& context) {
  router.Add(http::Method::kGet, "/api/v1/jobs/{job_id}/events",
             [&context](Request& request) { return WatchJob(context, request); });
}

}  // namespace stemscribe::api
