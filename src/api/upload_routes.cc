// Songs in parts: begin, ask how far, append, give up. As in the IETF's draft "Resumable Uploads
// for HTTP", with the song given to POST /api/v1/transcribe by its id in the end.

#include <algorithm>
#include <boost/json.hpp>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "api/error_table.h"
#include "api/routes.h"
#include "api/upload_form.h"
#include "base/json_text.h"
#include "http/http_error.h"
#include "jobs/partial_upload.h"
#include "jobs/uuid.h"

namespace stemscribe::api {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;
using http::Request;
using http::Response;

constexpr size_t kTypeBytes = 4096;  // less tells nothing about a type

/// nullopt if the header is not there.
std::optional<int64_t> BytesHeader(const Request& request, const std::string& name) {
  const auto text = request.header(name);
  if (!text) return std::nullopt;
  const auto bytes = ParseBytes(*text);
  if (!bytes) throw InvalidField(name, "must be a number of bytes");
  return bytes;
}

jobs::PartialUpload UploadOf(ApiContext& context, const Request& request) {
  const std::string& id = request.path_param("upload_id");
  if (!jobs::IsUuid(id)) throw Error(ErrorCode::kNotFound, "an upload's id is a UUID");
  return {context.store, request.principal().id, id};
}

Response Show(const ApiContext& context, int status, const std::string& id, int64_t offset) {
  const json::object body{
      {"upload_id", id}, {"offset", offset}, {"max_bytes", context.settings.max_file_bytes}};
  Response response = Response::Json(status, ToJsonText(body));
  response.headers.Set("Upload-Offset", std::to_string(offset));
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

/// Whoever only begins songs cannot fill the store with them.
void CheckUnfinished(ApiContext& context, const Request& request) {
  const auto unfinished = context.store.ListFolders(jobs::UploadsOf(request.principal().id)).size();
  if (unfinished < static_cast<size_t>(context.settings.max_uploads)) return;
  context.metrics.CountLimit("uploads");
  throw http::HttpError(429, ErrorCode::kRateLimited,
                        "too many uploads are unfinished; finish or delete some");
}

awaitable<Response> Begin(ApiContext& context, Request& request) {
  const int64_t length = BytesHeader(request, "Upload-Length").value_or(0);
  if (length > context.settings.max_file_bytes) throw SongTooLarge(context.settings.max_file_bytes);
  auto check = [&] {
    CheckUnfinished(context, request);
    context.store.CheckRoom(std::max<int64_t>(1, length));
  };
  co_await context.pool.Run(check);
  const std::string id = jobs::NewUuid(context.clock.Now());
  Response response = Show(context, 201, id, 0);  // what has no bytes needs no place
  response.headers.Set("Location", "/api/v1/uploads/" + id);
  co_return response;
}

awaitable<Response> Get(ApiContext& context, Request& request) {
  jobs::PartialUpload upload = UploadOf(context, request);
  auto look = [&] { return upload.Offset(); };
  const int64_t offset = co_await context.pool.Run(look);
  co_return Show(context, 200, request.path_param("upload_id"), offset);
}

/// Writes the body to `writer`. What was read before the connection was cut is written, too; then
/// the fault is given, for the caller to go on with.
awaitable<std::exception_ptr> Receive(ApiContext& context, Uploads& uploads, Request& request,
                                      int64_t offset, jobs::BlobWriter& writer) {
  std::vector<std::byte> block(kUploadBlockBytes);
  std::exception_ptr cut;
  for (size_t size = block.size(); size == block.size() && !cut; offset += size) {
    size = 0;
    try {
      while (size < block.size()) {
        const size_t got = co_await request.ReadSome(std::span(block).subspan(size));
        if (got == 0) break;
        size += got;
      }
    } catch (const Error&) {
      cut = std::current_exception();
    }
    const auto data = std::span(block).first(size);
    if (offset + static_cast<int64_t>(size) > context.settings.max_file_bytes) {
      throw SongTooLarge(context.settings.max_file_bytes);
    }
    auto write = [&] {
      if (offset == 0 && size >= kTypeBytes) CheckSongType(uploads.types, data);
      writer.Write(data);
    };
    co_await context.pool.Run(write);
  }
  co_return cut;
}

awaitable<Response> Append(ApiContext& context, Uploads& uploads, Request& request) {
  const UploadPlace place(uploads, context, request);
  CheckCoding(request);
  const auto type = request.header("Content-Type");
  if (type != "application/octet-stream") {
    throw http::HttpError(415, ErrorCode::kUnsupportedMediaType,
                          "send the bytes as application/octet-stream");
  }
  const auto offset = BytesHeader(request, "Upload-Offset");
  if (!offset) throw InvalidField("Upload-Offset", "is missing: say where the bytes belong");
  const auto length = static_cast<int64_t>(request.content_length().value_or(0));
  jobs::PartialUpload upload = UploadOf(context, request);
  auto begin = [&] {
    const int64_t here = upload.Offset();
    if (here != *offset) throw UploadIsElsewhere(here);
    if (here + length > context.settings.max_file_bytes) {
      throw SongTooLarge(context.settings.max_file_bytes);
    }
    if (here == 0) CheckUnfinished(context, request);
    return upload.Append(here, length);
  };
  std::unique_ptr<jobs::BlobWriter> writer = co_await context.pool.Run(begin);
  std::exception_ptr cut;
  std::exception_ptr fault;
  try {
    cut = co_await Receive(context, uploads, request, *offset, *writer);
  } catch (...) {
    fault = std::current_exception();
  }
  auto commit = [&] {
    // It goes here: without a commit it gives up what it has stored, which takes as long as a
    // bucket does.
    const std::unique_ptr<jobs::BlobWriter> last = std::move(writer);
    if (fault) std::rethrow_exception(fault);
    if (last->bytes_written() > 0) last->Commit();
    return last->bytes_written();
  };
  const int64_t bytes = co_await context.slow_pool.Run(commit);
  if (cut) std::rethrow_exception(cut);
  co_return Show(context, 200, request.path_param("upload_id"), *offset + bytes);
}

awaitable<Response> Remove(ApiContext& context, Request& request) {
  jobs::PartialUpload upload = UploadOf(context, request);
  auto remove = [&] { upload.Remove(); };
  co_await context.pool.Run(remove);
  co_return Response::NoContent();
}

}  // namespace

void AddUploadRoutes(http::Router& router, ApiContext& context,
                     const std::shared_ptr<Uploads>& uploads) {
  constexpr const char* kUpload = "/api/v1/uploads/{upload_id}";
  router.Add(http::Method::kPost, "/api/v1/uploads",
             [&context](Request& request) { return Begin(context, request); });
  router.Add(http::Method::kGet, kUpload,
             [&context](Request& request) { return Get(context, request); });
  http::RouteOptions options;
  options.max_body_bytes = static_cast<uint64_t>(context.settings.max_file_bytes);
  router.Add(
      http::Method::kPatch, kUpload,
      [&context, uploads](Request& request) { return Append(context, *uploads, request); },
      options);
  router.Add(http::Method::kDelete, kUpload,
             [&context](Request& request) { return Remove(context, request); });
}

}  // namespace stemscribe::api
