// POST /api/v1/transcribe: a song in, a job out.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "api/error_table.h"
#include "api/guard.h"
#include "api/idempotency_key.h"
#include "api/job_json.h"
#include "api/reuse.h"
#include "api/routes.h"
#include "api/upload_form.h"
#include "api/upload_place.h"
#include "base/json_text.h"
#include "http/http_error.h"
#include "jobs/job_files.h"
#include "jobs/partial_upload.h"
#include "jobs/uuid.h"

namespace stemscribe::api {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;
using http::Request;
using http::Response;

constexpr int64_t kFormBytes = 64 * 1024;  // what a form may have besides the song

/// Empty if there is none.
std::string IdempotencyKey(const Request& request) {
  const auto key = request.header("Idempotency-Key");
  if (key && !IsIdempotencyKey(*key)) {
    throw InvalidField("Idempotency-Key",
                       "must have 1 to 255 printable ASCII characters, no spaces");
  }
  return std::string(key.value_or(""));
}

/// What makes two requests the same: the song and all that was asked for.
std::string Fingerprint(const jobs::NewJob& job) {
  const std::string text =
      json::serialize(json::array{job.content_sha256, job.input_filename, job.name,
                                  job.callback_url, jobs::ToJson(job.options)});
  Sha256 sha;
  sha.Update(std::as_bytes(std::span(text)));
  return sha.FinishHex();
}

/// The length of the song. Throws Error{kInvalidAudioFile} unless it is audio that will do.
double DurationSec(jobs::Probe& probe, double limit_sec) {
  double duration_sec = 0;
  try {
    duration_sec = probe.Wait({}).duration_sec;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidAudioFile) throw;
    throw Error(error.code(), error.what(), {{"file", error.what()}});
  }
  if (duration_sec > limit_sec) {
    throw Error(ErrorCode::kInvalidAudioFile, "the song is too long",
                {{"file", fmt::format("lasts {:.0f} s, but at most {:.0f} s are taken",
                                      duration_sec, limit_sec)}});
  }
  return duration_sec;
}

/// What the key of the request says of its jobs.
int PriorityOf(ApiContext& context, const Request& request) {
  return context.keys == nullptr ? 0 : context.keys->Identify(TokenOf(request)).priority;
}

/// Counts the job for the key's day. A retry of a request that was accepted costs nothing.
void Charge(ApiContext& context, const Request& request, const jobs::NewJob& job) {
  if (context.keys == nullptr) return;
  const std::string& key = job.idempotency_key;
  if (!key.empty() && context.repository.FindByIdempotencyKey(job.owner, key)) return;
  const auto used_up = context.keys->Charge(context.keys->Identify(TokenOf(request)),
                                            job.duration_sec.value_or(0), job.file_size);
  if (!used_up) return;
  context.metrics.CountLimit("quota");
  throw http::HttpError(429, ErrorCode::kRateLimited,
                        fmt::format("the key's {} of today are used up; more from {} on",
                                    used_up->what, jobs::FormatUtc(used_up->until)),
                        {{"Retry-After", std::to_string(used_up->wait_sec)}});
}

/// Puts the song into its place, and charges for it: what cannot be stored costs nothing. From then
/// on only Submit may take it away: it alone knows whether there is a job.
void Commit(ApiContext& context, const Request& request, UploadForm& form,
            const jobs::NewJob& job) {
  try {
    form.song().Commit();
    Charge(context, request, job);
  } catch (...) {
    try {
      context.store.DeletePrefix(jobs::JobPrefix(job.id));
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the sweeper finds it
    }
    throw;
  }
}

/// What a form gets whose upload is not here: the job that was made of it, if the same key tells of
/// one. Its answer was lost, then.
jobs::CreateResult JobOfLostUpload(ApiContext& context, const Request& request,
                                   const std::string& key) {
  if (!key.empty()) {
    auto job = context.repository.FindByIdempotencyKey(request.principal().id, key);
    if (job) return {std::move(*job), false};
  }
  throw InvalidField("upload", "nothing of it is here: it never began, is over, or has expired");
}

/// The parts of a song that has its job are needed no more.
jobs::CreateResult Done(std::optional<jobs::PartialUpload>& upload, jobs::CreateResult result) {
  try {
    if (upload) upload->Remove();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the sweeper finds it
  }
  return result;
}

/// The blocking end of an upload: all is received.
jobs::CreateResult Accept(ApiContext& context, const Request& request, UploadForm& form,
                          const std::string& key) {
  std::optional<jobs::PartialUpload> upload;
  if (!form.upload_id().empty()) {
    upload.emplace(context.store, request.principal().id, form.upload_id());
    const int64_t here = upload->Offset();
    if (here == 0) return JobOfLostUpload(context, request, key);
    if (form.upload_length().value_or(here) != here) throw UploadIsElsewhere(here);
    form.TakeSong(*upload->Open());
  }
  jobs::NewJob job = form.Finish();
  job.owner = request.principal().id;
  job.priority = PriorityOf(context, request);
  job.idempotency_key = key;
  job.trace = request.trace();
  job.program_version = context.settings.version;
  const bool is_retry =
      !key.empty() && context.repository.FindByIdempotencyKey(job.owner, key).has_value();
  if (!is_retry && MayReuse(context, request)) {
    if (auto same = FindSame(context, job)) return Done(upload, {std::move(*same), false});
  }
  if (!job.callback_url.empty()) context.webhooks.CheckUrl(job.callback_url);
  jobs::Probe probe = context.prober.Start(form.song().LocalFile());
  form.song().Sync();  // while the probe looks
  job.duration_sec = DurationSec(probe, context.settings.max_duration_sec);
  job.fingerprint = Fingerprint(job);
  Commit(context, request, form, job);
  return Done(upload, context.service.Submit(job));
}

void CheckHead(const ApiContext& context, const Request& request) {
  CheckCoding(request);
  const auto length = request.content_length();
  if (!request.has_body() && !request.header("Content-Length")) {
    throw http::HttpError(411, ErrorCode::kInvalidArgument,
                          "send a Content-Length or a chunked body");
  }
  if (length && *length > static_cast<uint64_t>(context.settings.max_file_bytes + kFormBytes)) {
    throw SongTooLarge(context.settings.max_file_bytes);
  }
}

/// A piece of the body on its way: it is filled from the network, then read by the form, then its
/// part of the song is written.
struct Block {
  std::vector<std::byte> bytes = std::vector<std::byte>(kUploadBlockBytes);
  size_t size = 0;
  SongData song{};
};

template <typename Task>
auto NotingFailure(std::atomic<bool>& has_failed, Task task) {
  return [&has_failed, task] {
    try {
      task();
    } catch (...) {
      has_failed = true;
      throw;
    }
  };
}

/// Fills `block` as far as the body goes; gives up early once `is_over`.
awaitable<void> Fill(Request& request, Block& block, const std::atomic<bool>& is_over) {
  block.size = 0;
  while (block.size < block.bytes.size() && !is_over) {
    const size_t got = co_await request.ReadSome(std::span(block.bytes).subspan(block.size));
    if (got == 0) break;
    block.size += got;
  }
}

/// Puts the body into the form. While one block goes to the disk, the next one is hashed, and the
/// one after it arrives.
awaitable<void> Receive(http::BlockingPool& pool, Request& request, UploadForm& form) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  std::array<Block, 3> blocks;
  Block *written = &blocks[0], *read = &blocks[1], *filled = &blocks[2];
  std::atomic<bool> has_failed = false;  // the client need not send more before it is told
  do {
    auto write = NotingFailure(has_failed, [&] { form.Write(written->song); });
    auto push = NotingFailure(has_failed, [&] {
      if (read->size > 0) read->song = form.Push(std::span(read->bytes).first(read->size));
    });
    auto all = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, pool.Run(write), asio::deferred),
        asio::co_spawn(executor, pool.Run(push), asio::deferred),
        asio::co_spawn(executor, Fill(request, *filled, has_failed), asio::deferred));
    const auto [order, write_error, push_error, fill_error] =
        co_await all.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (const std::exception_ptr& error : {write_error, push_error, fill_error}) {
      if (error) std::rethrow_exception(error);
    }
    written->song.clear();
    std::tie(written, read, filled) = std::tuple(read, filled, written);
  } while (read->size > 0 || !written->song.empty());
}

awaitable<Response> Transcribe(ApiContext& context, Uploads& uploads, Request& request) {
  const UploadPlace place(uploads, context, request);
  CheckHead(context, request);
  MayReuse(context, request);  // throws if the query is wrong
  const std::string key = IdempotencyKey(request);
  const auto length = static_cast<int64_t>(request.content_length().value_or(0));
  auto make_form = [&] {
    context.store.CheckRoom(std::max<int64_t>(1, length));
    return std::make_unique<UploadForm>(
        request.header("Content-Type").value_or(""),
        UploadTarget{jobs::NewUuid(context.clock.Now()), context.store,
                     context.settings.max_file_bytes, length, uploads.types});
  };
  std::unique_ptr<UploadForm> form = co_await context.pool.Run(make_form);
  std::exception_ptr fault;
  try {
    co_await Receive(context.pool, request, *form);
  } catch (...) {
    fault = std::current_exception();
  }
  // A form that goes without a commit gives up what it has stored: where that is in a bucket, it
  // takes as long as the bucket does. So it goes here, too.
  auto accept = [&] {
    const std::unique_ptr<UploadForm> last = std::move(form);
    if (fault) std::rethrow_exception(fault);
    return Accept(context, request, *last, key);
  };
  const jobs::CreateResult result = co_await context.slow_pool.Run(accept);
  auto show = [&] { return ToJsonText(JobToJson(result.job, context)); };
  std::string body = co_await context.pool.Run(show);
  if (result.created) {
    context.log.Info("job accepted", {{"job_id", result.job.id},
                                      {"request_id", request.request_id()},
                                      {"trace_id", result.job.trace.trace_id()},
                                      {"key", result.job.owner},
                                      {"bytes", result.job.file_size}});
  }
  Response response = Response::Json(result.created ? 202 : 200, std::move(body));
  response.headers.Set("Location", "/api/v1/jobs/" + result.job.id);
  co_return response;
}

}  // namespace

void AddTranscribeRoute(http::Router& router, ApiContext& context,
                        const std::shared_ptr<Uploads>& uploads) {
  http::RouteOptions options;
  options.max_body_bytes = static_cast<uint64_t>(context.settings.max_file_bytes + kFormBytes);
  router.Add(
      http::Method::kPost, "/api/v1/transcribe",
      [&context, uploads](Request& request) { return Transcribe(context, *uploads, request); },
      options);
}

}  // namespace stemscribe::api
