// What was made of a song: the list, stems, frames, notes, chords, and all of it as an archive.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "api/error_table.h"
#include "api/frames_view.h"
#include "api/guard.h"
#include "api/job_json.h"
#include "api/result_json.h"
#include "api/routes.h"
#include "api/stream_of.h"
#include "api/zip_stream.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "http/conditional.h"
#include "http/content_disposition.h"
#include "http/serve_file.h"
#include "jobs/job_files.h"
#include "jobs/job_result.h"
#include "jobs/local_copy.h"

namespace stemscribe::api {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;
using http::Request;
using http::Response;

// Results never change once they are there; they are for one user only.
constexpr char kImmutable[] = "private, max-age=31536000, immutable";
constexpr double kForEver = std::numeric_limits<double>::infinity();

/// Throws Error{kJobNotFound}, and Error{kConflict} with the state of a job that is not completed.
jobs::Job FindCompleted(ApiContext& context, const Request& request) {
  jobs::Job job = FindJob(context.repository, request);
  if (job.status == jobs::JobStatus::kCompleted) return job;
  std::string message =
      fmt::format("the job is {}, so it has no results", jobs::StatusName(job.status));
  if (!job.error_message.empty()) message += ": " + job.error_message;
  throw Error(ErrorCode::kConflict, message,
              {{"status", std::string(jobs::StatusName(job.status))}});
}

/// Throws Error{kJobNotFound} if the job was deleted just now.
jobs::JobResult ResultOf(ApiContext& context, const jobs::Job& job) {
  const auto text = context.repository.FindResult(job.id);
  if (!text) throw Error(ErrorCode::kJobNotFound, "no job has this id");
  return jobs::ResultFromJson(*text);
}

std::shared_ptr<const jobs::Artefacts> ArtefactsOf(ApiContext& context, const jobs::Job& job) {
  auto load = [&] { return ResultOf(context, job).artefacts; };
  return context.artefacts.Get(job.id, load);
}

/// A file of a completed job.
struct Found {
  std::string blob;
  jobs::Artefact artefact;
  std::string download_name;
  jobs::TimePoint completed_at;
};

Found FindArtefact(ApiContext& context, const Request& request, std::string_view kind,
                   const std::string& name) {
  const jobs::Job job = FindCompleted(context, request);
  const std::shared_ptr<const jobs::Artefacts> artefacts = ArtefactsOf(context, job);
  const jobs::Artefact* artefact = jobs::FindArtefact(*artefacts, kind, name);
  if (artefact == nullptr) {
    throw Error(ErrorCode::kNotFound, fmt::format("the job has no {} '{}'", kind, name));
  }
  return {jobs::ArtefactBlob(job.id, artefact->path), *artefact,
          DownloadName(job, std::filesystem::path(artefact->path).filename().string()),
          job.completed_at.value_or(job.created_at)};
}

http::FileOptions OptionsFor(const Found& found) {
  http::FileOptions options;
  options.content_type = found.artefact.content_type;
  options.etag = "\"" + found.artefact.sha256.substr(0, 32) + "\"";
  options.cache_control = kImmutable;
  options.download_name = found.download_name;
  return options;
}

awaitable<Response> GetResults(ApiContext& context, Request& request) {
  auto load = [&] {
    const jobs::Job job = FindCompleted(context, request);
    return ToJsonText(ResultsToJson(job, ResultOf(context, job)));
  };
  std::string body = co_await context.pool.Run(load);
  Response response = Response::Json(200, std::move(body));
  response.headers.Set("Cache-Control", kImmutable);
  co_return WithContentEtag(request, std::move(response));
}

/// What is not on a local disk, in pieces.
http::ByteSource SourceOf(ApiContext& context, const Found& found) {
  http::ByteSource source;
  source.size_bytes = static_cast<uint64_t>(found.artefact.bytes);
  source.last_modified = std::chrono::floor<std::chrono::seconds>(found.completed_at);
  source.open = [&store = context.store, blob = found.blob](uint64_t first, uint64_t count) {
    std::shared_ptr<jobs::BlobReader> reader =
        store.OpenRange(blob, static_cast<int64_t>(first), static_cast<int64_t>(count));
    return [reader](std::span<std::byte> out) { return reader->Read(out); };
  };
  return source;
}

/// A copy of a blob, or the blob itself where it is on a local disk. Throws Error{kNotFound}.
std::shared_ptr<const jobs::LocalCopy> CopyOf(ApiContext& context, const Found& found) {
  return std::make_shared<const jobs::LocalCopy>(context.store, found.blob, found.completed_at);
}

/// Only the head: nginx sends the file, out of an `internal` location of this name that is our
/// storage (deploy/nginx/stemscribe.conf), and sees to ranges and conditions.
Response LeaveToNginx(const Found& found) {
  Response response;
  response.headers.Set("X-Accel-Redirect", "/.stemscribe/" + found.blob);
  response.headers.Set("Content-Type", found.artefact.content_type);
  response.headers.Set("Content-Disposition",
                       http::ContentDisposition(found.download_name, /*inline_disposition=*/true));
  response.headers.Set("Cache-Control", kImmutable);
  return response;
}

awaitable<Response> GetStem(ApiContext& context, Request& request) {
  const bool may_redirect = request.query().GetBool("redirect").value_or(true);
  std::optional<std::string> url;
  std::optional<std::filesystem::path> path;
  auto find = [&] {
    const Found found = FindArtefact(context, request, "stem", request.path_param("stem"));
    path = context.store.LocalPath(found.blob);
    if (may_redirect && request.method() == http::Method::kGet) {  // a URL is good for one method
      url = context.store.DownloadUrl(
          found.blob, {found.artefact.content_type,
                       http::ContentDisposition(found.download_name, /*inline_disposition=*/true)});
    }
    return found;
  };
  const Found found = co_await context.pool.Run(find);
  if (url) {
    Response response;
    response.status = 307;
    response.headers.Set("Location", *url);
    response.headers.Set("Cache-Control", "private, no-store");
    co_return response;
  }
  if (path && context.settings.nginx_sends_stems) co_return LeaveToNginx(found);
  http::FileOptions options = OptionsFor(found);
  options.inline_disposition = true;
  if (path) co_return co_await http::ServeFile(request, *path, std::move(options), context.pool);
  co_return co_await http::ServeSource(request, SourceOf(context, found), std::move(options),
                                       context.pool);
}

/// Keeps the copy for as long as it is viewed.
class ViewOfCopy {
 public:
  ViewOfCopy(std::shared_ptr<const jobs::LocalCopy> copy, double from_sec, double to_sec,
             FramesLayout layout)
      : copy_(std::move(copy)), view_(copy_->path(), from_sec, to_sec, layout) {}
  std::optional<std::string> Next() { return view_.Next(); }

 private:
  const std::shared_ptr<const jobs::LocalCopy> copy_;
  FramesView view_;
};

awaitable<Response> GetFrames(ApiContext& context, Request& request) {
  const http::QueryParams& query = request.query();
  const double from_sec = query.GetNumber("from", 0, 1e9).value_or(0);
  const double to_sec = query.GetNumber("to", 0, 1e9).value_or(kForEver);
  const std::string layout(query.Get("layout").value_or("frames"));
  if (layout != "frames" && layout != "columns") {
    throw InvalidField("layout", "must be frames or columns");
  }
  const bool whole = from_sec == 0 && to_sec == kForEver && layout == "frames";
  std::shared_ptr<const jobs::LocalCopy> copy;
  auto find = [&] {
    Found found = FindArtefact(context, request, "frames", "frames.json.gz");
    copy = CopyOf(context, found);
    return found;
  };
  const Found found = co_await context.pool.Run(find);
  if (whole) {
    http::FileOptions options = OptionsFor(found);
    options.content_type = "application/json";
    options.download_name.clear();
    co_return co_await http::ServeGzipFile(request, copy->path(), std::move(options), context.pool);
  }
  auto open = [&] {
    auto view = std::make_shared<ViewOfCopy>(
        copy, from_sec, to_sec,
        layout == "columns" ? FramesLayout::kColumns : FramesLayout::kFrames);
    return TextOrStreamOf("application/json", std::move(view), context.pool);
  };
  Response response = co_await context.pool.Run(open);
  response.headers.Set("Cache-Control", kImmutable);
  http::ApplyEtag(request, OptionsFor(found).etag, response);
  co_return response;
}

awaitable<Response> GetChords(ApiContext& context, Request& request) {
  const std::string format(request.query().Get("format").value_or("json"));
  if (format != "json" && format != "lab") {
    throw InvalidField("format", "must be json or lab");
  }
  auto load = [&] {
    const Found found = FindArtefact(context, request, "chords", "chords.json");
    std::string text = jobs::ReadBlob(context.store, found.blob);
    return format == "json" ? text : ChordsToLab(text);
  };
  std::string body = co_await context.pool.Run(load);
  Response response = format == "json" ? Response::Json(200, std::move(body))
                                       : Response::Text(200, std::move(body));
  response.headers.Set("Cache-Control", kImmutable);
  co_return WithContentEtag(request, std::move(response));
}

awaitable<Response> GetNotes(ApiContext& context, Request& request) {
  const std::string format(request.query().Get("format").value_or("json"));
  if (format != "json" && format != "midi") {
    throw InvalidField("format", "must be json or midi");
  }
  std::string name;
  auto load = [&] {
    const Found found =
        FindArtefact(context, request, "notes", format == "midi" ? "vocals.mid" : "notes.json");
    name = found.download_name;
    return jobs::ReadBlob(context.store, found.blob);
  };
  std::string body = co_await context.pool.Run(load);
  Response response = format == "json" ? Response::Json(200, std::move(body))
                                       : Response::Text(200, std::move(body), "audio/midi");
  if (format == "midi") {
    response.headers.Set("Content-Disposition", http::ContentDisposition(name));
  }
  response.headers.Set("Cache-Control", kImmutable);
  co_return WithContentEtag(request, std::move(response));
}

awaitable<Response> GetArchive(ApiContext& context, Request& request) {
  std::string name;
  Sha256 sha;
  auto open = [&] {
    const jobs::Job job = FindCompleted(context, request);
    name = DownloadName(job, "stemscribe.zip");
    std::vector<ZipEntry> entries;
    for (const jobs::Artefact& artefact : *ArtefactsOf(context, job)) {
      if (artefact.path.ends_with(".gz")) continue;
      sha.Update(std::as_bytes(std::span(artefact.sha256)));
      const std::string blob = jobs::ArtefactBlob(job.id, artefact.path);
      entries.push_back({artefact.path, artefact.bytes, job.completed_at.value_or(job.created_at),
                         [&store = context.store, blob] { return store.Open(blob); }});
    }
    return std::make_shared<ZipStream>(std::move(entries));
  };
  std::shared_ptr<ZipStream> zip = co_await context.pool.Run(open);
  Response response = Response::Stream("application/zip", StreamOf(std::move(zip), context.pool));
  response.headers.Set("Content-Disposition", http::ContentDisposition(name));
  response.headers.Set("Cache-Control", "private, no-cache");  // large, and seldom wanted twice
  http::ApplyEtag(request, fmt::format("W/\"{}\"", sha.FinishHex().substr(0, 32)), response);
  co_return response;
}

}  // namespace

void AddResultRoutes(http::Router& router, ApiContext& context) {
  const auto add = [&](const char* pattern, auto* handler) {
    router.Add(http::Method::kGet, pattern,
               [&context, handler](Request& request) { return handler(context, request); });
  };
  add("/api/v1/jobs/{job_id}/results", GetResults);
  add("/api/v1/jobs/{job_id}/stems/{stem}", GetStem);
  add("/api/v1/jobs/{job_id}/frames", GetFrames);
  add("/api/v1/jobs/{job_id}/notes", GetNotes);
  add("/api/v1/jobs/{job_id}/chords", GetChords);
  add("/api/v1/jobs/{job_id}/archive", GetArchive);
}

}  // namespace stemscribe::api
