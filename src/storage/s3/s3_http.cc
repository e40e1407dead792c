#include "storage/s3/s3_http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

#include "storage/s3/s3_xml.h"

namespace stemscribe::storage {
namespace {

constexpr size_t kMaxBodyBytes = size_t{64} << 20;  // no answer that we ask for is longer

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

/// What libcurl reads from and writes to during one transfer.
struct Transfer {
  const S3Body& body;
  int64_t sent = 0;
  S3Response response{};
};

size_t OnRead(char* out, size_t size, size_t count, void* state) {
  auto& transfer = *static_cast<Transfer*>(state);
  try {
    const size_t got = transfer.body.ReadAt(transfer.sent, out, size * count);
    transfer.sent += static_cast<int64_t>(got);
    return got;
  } catch (const Error&) {
    return CURL_READFUNC_ABORT;
  }
}

int OnSeek(void* state, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(state)->sent = offset;
  return CURL_SEEKFUNC_OK;
}

size_t OnBody(char* data, size_t size, size_t count, void* state) {
  std::string& body = static_cast<Transfer*>(state)->response.body;
  if (body.size() + size * count > kMaxBodyBytes) return 0;
  body.append(data, size * count);
  return size * count;
}

size_t OnHeader(char* data, size_t size, size_t count, void* state) {
  std::string_view line(data, size * count);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size * count;
  std::string name(line.substr(0, colon));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  line.remove_prefix(colon + 1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  static_cast<Transfer*>(state)->response.headers[name] = line;
  return size * count;
}

bool MayPass(const S3Response& response) {
  if (response.status >= 500 || response.status == 429) return response.status != 507;
  if (response.status != 400 && response.status != 403) return false;
  const std::string code = S3ErrorOf(response.body).code;
  return code == "RequestTimeout" || code == "RequestTimeTooSkewed";
}

/// "Full jitter": anywhere up to the doubled pause, so that clients do not come back together.
jobs::Milliseconds PauseAfter(int tries, const S3Settings& settings) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int64_t longest =
      std::min(settings.max_pause.count(), settings.first_pause.count() << std::min(tries - 1, 16));
  return jobs::Milliseconds(std::uniform_int_distribution<int64_t>(0, longest)(random));
}

}  // namespace

std::string S3Response::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

/// Idle libcurl handles: each keeps its connections.
class S3Http::Handles {
 public:
  Handles() {
    // Counted by libcurl, and thread-safe in it since 7.84.
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      throw Error(ErrorCode::kInternal, "libcurl cannot be started");
    }
  }
  ~Handles() {
    idle_.clear();
    curl_global_cleanup();
  }

  Easy Take() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  void Give(Easy easy) {
    curl_easy_reset(easy.get());
    std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(easy));
  }

 private:
  static constexpr size_t kMaxIdle = 32;
  std::mutex mutex_;  // guards idle_
  std::vector<Easy> idle_;
};

struct S3Http::Outcome {
  S3Response response;
  std::string fault;  // of the network; then there is no response
};

S3Http::S3Http(S3Settings settings)
    : settings_(std::move(settings)),
      address_(AddressOf(settings_, /*is_public=*/false)),
      public_address_(AddressOf(settings_, /*is_public=*/true)),
      handles_(std::make_unique<Handles>()) {}

S3Http::~S3Http() = default;

S3Http::Outcome S3Http::SendOnce(const S3Request& request, const BodyHash& hash) {
  RequestToSign to_sign{request.method, address_.host, address_.path + "/" + request.key,
                        request.query, request.headers};
  if (request.with_checksum) to_sign.headers.emplace_back("x-amz-checksum-sha256", hash.base64);
  std::unique_ptr<curl_slist, FreeList> headers;
  const auto add = [&](const std::string& line) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  };
  for (const auto& [name, value] :
       SignHeaders(settings_.signer, to_sign, hash.hex, jobs::SystemClock().Now())) {
    add(fmt::format("{}: {}", name, value));
  }
  add("Expect:");  // no round trip before a body
  std::string url = address_.base + UriEncode(to_sign.path, true);
  if (!request.query.empty()) url += "?" + EncodeQuery(request.query);

  Easy easy = handles_->Take();
  if (!easy) return {{}, "libcurl gives no handle"};
  Transfer transfer{request.body};
  std::array<char, CURL_ERROR_SIZE> reason{};
  CURL* handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "stemscribe");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, long{settings_.connect_timeout.count()});
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, long{settings_.stall_timeout.count()});
  if (!settings_.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, settings_.ca_file.c_str());
  }
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.body.size() > 0 || request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t{request.body.size()});
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, OnRead);
    curl_easy_setopt(handle, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, OnSeek);
    curl_easy_setopt(handle, CURLOPT_SEEKDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason.data());
  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK) return {{}, reason[0] != '\0' ? reason.data() : curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  handles_->Give(std::move(easy));
  return {std::move(transfer.response), ""};
}

S3Response S3Http::Send(const S3Request& request) {
  const BodyHash hash = HashOf(request.body);
  for (int tries = 1;; ++tries) {
    Outcome outcome = SendOnce(request, hash);
    outcome.response.sent_sha256 = hash.base64;
    const bool has_answer = outcome.fault.empty();
    if (has_answer && !MayPass(outcome.response)) return std::move(outcome.response);
    if (tries == settings_.max_tries) {
      if (has_answer) throw ErrorOf(outcome.response, "the bucket");
      throw Error(ErrorCode::kUnavailable,
                  fmt::format("the bucket does not answer: {}", outcome.fault));
    }
    std::this_thread::sleep_for(PauseAfter(tries, settings_));
  }
}

std::string S3Http::Presign(const std::string& key, const NameValues& query,
                            std::chrono::seconds lifetime) const {
  const RequestToSign to_sign{
      "GET", public_address_.host, public_address_.path + "/" + key, query, {}};
  return public_address_.base + UriEncode(to_sign.path, true) + "?" +
         PresignQuery(settings_.signer, to_sign, lifetime, jobs::SystemClock().Now());
}

Error ErrorOf(const S3Response& response, const std::string& what) {
  const S3ErrorBody body = S3ErrorOf(response.body);
  const std::string message =
      fmt::format("{}: {} {} {}", what, response.status, body.code, body.message);
  const bool is_full = response.status == 507 || body.code == "QuotaExceeded" ||
                       body.code == "InsufficientStorage" || body.code == "XMinioStorageFull";
  if (is_full) return Error(ErrorCode::kStorageLimitExceeded, message);
  if (response.status == 404) return Error(ErrorCode::kNotFound, message);
  if (response.status >= 500 || response.status == 429) {
    return Error(ErrorCode::kUnavailable, message);
  }
  return Error(ErrorCode::kIo, message);
}

}  // namespace stemscribe::storage
