#include "storage/s3/s3_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace stemscribe::storage {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kPreconditionFailed = 412;
constexpr int kRangeNotSatisfiable = 416;
constexpr size_t kMaxDeletedAtOnce = 1000;  // S3 takes no more

int64_t ToNumber(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// 1234 of "bytes 0-99/1234".
int64_t TotalOf(const std::string& content_range) {
  const size_t slash = content_range.rfind('/');
  if (slash == std::string::npos) throw Error(ErrorCode::kIo, "the bucket told no length");
  return ToNumber(std::string_view(content_range).substr(slash + 1));
}

}  // namespace

S3Response S3Client::Checked(const S3Request& request, const std::string& what) {
  S3Response response = http_.Send(request);
  if (response.status >= 300) throw ErrorOf(response, what);
  // Copying and completing may answer 200 at once, and tell of a fault in the body later.
  if (response.status == kOk && request.method != "GET" && !response.body.empty()) {
    if (!S3ErrorOf(response.body).code.empty()) {
      response.status = 500;
      throw ErrorOf(response, what);
    }
  }
  return response;
}

void S3Client::Put(const std::string& key, S3Body body) {
  Checked({.method = "PUT", .key = key, .body = std::move(body), .with_checksum = true}, key);
}

std::optional<S3Object> S3Client::Head(const std::string& key) {
  const S3Response response = http_.Send({.method = "HEAD", .key = key});
  if (response.status == kNotFound) return std::nullopt;
  if (response.status != kOk) throw ErrorOf(response, key);
  return S3Object{.key = key,
                  .bytes = ToNumber(response.Header("content-length")),
                  .modified_at = jobs::TimePoint(std::chrono::seconds(std::max<time_t>(
                      0, curl_getdate(response.Header("last-modified").c_str(), nullptr))))};
}

S3Range S3Client::Get(const std::string& key, int64_t first, int64_t count,
                      const std::string& etag) {
  S3Request request{.key = key};
  request.headers.emplace_back("range", fmt::format("bytes={}-{}", first, first + count - 1));
  if (!etag.empty()) request.headers.emplace_back("if-match", etag);
  S3Response response = http_.Send(request);
  if (response.status == kRangeNotSatisfiable) {
    const std::optional<S3Object> object = Head(key);  // an empty one has no range
    if (!object) throw ErrorOf({.status = kNotFound}, key);
    return {.data = {}, .total_bytes = object->bytes, .etag = etag};
  }
  if (response.status == kPreconditionFailed) {
    throw Error(ErrorCode::kIo, key + " was replaced while it was read");
  }
  if (response.status >= 300) throw ErrorOf(response, key);
  const int64_t total = response.status == kOk ? static_cast<int64_t>(response.body.size())
                                               : TotalOf(response.Header("content-range"));
  return {.data = std::move(response.body), .total_bytes = total, .etag = response.Header("etag")};
}

void S3Client::Copy(const std::string& from, const std::string& to) {
  S3Request request{.method = "PUT", .key = to};
  request.headers.emplace_back("x-amz-copy-source",
                               UriEncode("/" + http_.settings().bucket + "/" + from, true));
  Checked(request, from);
}

void S3Client::Delete(const std::vector<std::string>& keys) {
  for (size_t start = 0; start < keys.size(); start += kMaxDeletedAtOnce) {
    const size_t end = std::min(keys.size(), start + kMaxDeletedAtOnce);
    const std::vector<std::string> some(keys.begin() + static_cast<std::ptrdiff_t>(start),
                                        keys.begin() + static_cast<std::ptrdiff_t>(end));
    S3Request request{.method = "POST", .query = {{"delete", ""}}, .with_checksum = true};
    request.body.text = DeleteObjectsXml(some);
    request.headers.emplace_back("content-type", "application/xml");
    const std::string fault = DeleteFaultOf(Checked(request, "delete").body);
    if (!fault.empty()) throw Error(ErrorCode::kIo, "the bucket did not delete " + fault);
  }
}

void S3Client::List(const std::string& prefix, bool by_folder,
                    const std::function<bool(const S3Page&)>& on_page) {
  std::string next;
  do {
    S3Request request{.query = {{"list-type", "2"}, {"prefix", prefix}}};
    if (by_folder) request.query.emplace_back("delimiter", "/");
    if (!next.empty()) request.query.emplace_back("continuation-token", next);
    const S3Page page = PageOf(Checked(request, "list").body);
    if (!on_page(page)) return;
    next = page.next;
  } while (!next.empty());
}

std::string S3Client::CreateUpload(const std::string& key) {
  S3Request request{.method = "POST", .key = key, .query = {{"uploads", ""}}};
  request.headers.emplace_back("x-amz-checksum-algorithm", "SHA256");
  return UploadIdOf(Checked(request, key).body);
}

S3Part S3Client::UploadPart(const std::string& key, const std::string& id, int number,
                            S3Body body) {
  const S3Response response =
      Checked({.method = "PUT",
               .key = key,
               .query = {{"partNumber", std::to_string(number)}, {"uploadId", id}},
               .body = std::move(body),
               .with_checksum = true},
              key);
  return {.etag = response.Header("etag"), .sha256 = response.sent_sha256};
}

void S3Client::CompleteUpload(const std::string& key, const std::string& id,
                              const std::vector<S3Part>& parts, int64_t total_bytes) {
  S3Request request{.method = "POST", .key = key, .query = {{"uploadId", id}}};
  request.body.text = CompleteUploadXml(parts);
  request.headers.emplace_back("content-type", "application/xml");
  try {
    Checked(request, key);
  } catch (const Error& error) {
    // An upload that is not known was perhaps completed by a try whose answer got lost.
    if (error.code() != ErrorCode::kNotFound) throw;
    const std::optional<S3Object> object = Head(key);
    if (!object || object->bytes != total_bytes) throw;
  }
}

void S3Client::AbortUpload(const std::string& key, const std::string& id) {
  const S3Response response =
      http_.Send({.method = "DELETE", .key = key, .query = {{"uploadId", id}}});
  if (response.status >= 300 && response.status != kNotFound) throw ErrorOf(response, key);
}

std::vector<S3PendingUpload> S3Client::PendingUploads(const std::string& prefix) {
  std::vector<S3PendingUpload> uploads;
  S3UploadPage page;
  do {
    S3Request request{.query = {{"uploads", ""}, {"prefix", prefix}}};
    if (!page.next_key.empty()) {
      request.query.emplace_back("key-marker", page.next_key);
      request.query.emplace_back("upload-id-marker", page.next_id);
    }
    page = UploadPageOf(Checked(request, "list uploads").body);
    uploads.insert(uploads.end(), page.uploads.begin(), page.uploads.end());
  } while (!page.next_key.empty());
  return uploads;
}

}  // namespace stemscribe::storage
