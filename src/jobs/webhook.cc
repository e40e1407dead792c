#include "jobs/webhook.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>

#include "base/json_text.h"
#include "base/utf8.h"

namespace stemscribe::jobs {
namespace {

namespace json = boost::json;

constexpr Milliseconds kHold = std::chrono::minutes(2);  // longer than one delivery takes
constexpr size_t kMaxErrorBytes = 500;

json::value TextOrNull(const std::string& text) {
  return text.empty() ? json::value() : json::value(text);
}

json::value TimeOrNull(const std::optional<TimePoint>& time) {
  return time ? json::value(FormatUtc(*time)) : json::value();
}

std::string HmacSha256Hex(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
           digest.data(), &size) == nullptr) {
    throw Error(ErrorCode::kInternal, "HMAC-SHA256 is not available");
  }
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

double RandomJitter() {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

std::string SignWebhook(std::string_view secret, TimePoint now, std::string_view body) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return fmt::format("t={},v1={}", seconds,
                     HmacSha256Hex(secret, fmt::format("{}.{}", seconds, body)));
}

std::string WebhookHost(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  std::string host(url.substr(0, url.find_first_of("/?#")));
  for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return host;
}

std::string WebhookEventName(JobStatus status) { return fmt::format("job.{}", StatusName(status)); }

std::string WebhookBody(const Job& job) {
  const json::object object = {
      {"event", WebhookEventName(job.status)},
      {"job",
       {{"job_id", job.id},
        {"status", StatusName(job.status)},
        {"progress", job.progress},
        {"name", TextOrNull(job.name)},
        {"input_filename", job.input_filename},
        {"file_size", job.file_size},
        {"duration", job.duration_sec ? json::value(*job.duration_sec) : json::value()},
        {"created_at", FormatUtc(job.created_at)},
        {"started_at", TimeOrNull(job.started_at)},
        {"completed_at", TimeOrNull(job.completed_at)},
        {"error_code", TextOrNull(job.error_code)},
        {"error_message", TextOrNull(job.error_message)}}}};
  return ToJsonText(object);
}

Milliseconds WebhookDelay(const WebhookSettings& settings, int attempts, double jitter) {
  const double doubled =
      static_cast<double>(settings.first_delay.count()) * std::exp2(std::max(attempts - 1, 0));
  const double bounded = std::min(doubled, static_cast<double>(settings.max_delay.count()));
  return Milliseconds(std::llround(bounded * (1 - 0.5 * std::clamp(jitter, 0.0, 1.0))));
}

WebhookDispatcher::WebhookDispatcher(WebhookSettings settings, JobRepository& repository,
                                     WebhookSender& sender, const Clock& clock,
                                     std::function<void(const std::string& message)> on_error)
    : settings_(std::move(settings)),
      repository_(repository),
      sender_(sender),
      clock_(clock),
      on_error_(std::move(on_error)) {}

WebhookDispatcher::~WebhookDispatcher() { Stop(); }

void WebhookDispatcher::Start() {
  for (int i = 0; i < settings_.max_at_once; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { Run(stop); });
  }
}

void WebhookDispatcher::Stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();  // joins
}

void WebhookDispatcher::Report(const std::string& what) const {
  if (on_error_) on_error_("webhooks: " + what);
}

void WebhookDispatcher::Run(const std::stop_token& stop) {
  while (const auto delivery = WaitForNext(stop)) Send(*delivery);
}

void WebhookDispatcher::Send(const WebhookDelivery& delivery) {
  try {
    Deliver(delivery);
  } catch (const std::exception& error) {
    Report(error.what());
  }
  std::lock_guard lock(mutex_);
  const auto host = num_in_flight_.find(WebhookHost(delivery.url));
  if (--host->second == 0) num_in_flight_.erase(host);
  ++num_sent_;
  was_sent_.notify_one();
}

/// nullopt: stopped.
std::optional<WebhookDelivery> WebhookDispatcher::WaitForNext(const std::stop_token& stop) {
  std::lock_guard turn(turn_);
  while (!stop.stop_requested()) {
    const int64_t num_sent = num_sent_;
    try {
      if (auto delivery = TakeNext()) return delivery;
    } catch (const std::exception& error) {
      Report(error.what());
    }
    std::unique_lock lock(mutex_);
    // A host that had its share may have room again.
    was_sent_.wait_for(lock, stop, settings_.poll_interval, [&] { return num_sent_ != num_sent; });
  }
  return std::nullopt;
}

/// One at a time: a batch that is held longer than its hold would be sent twice.
std::optional<WebhookDelivery> WebhookDispatcher::TakeNext() {
  std::vector<std::string> busy;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [host, count] : num_in_flight_) {
      if (count >= settings_.max_per_host) busy.push_back(host);
    }
  }
  std::vector<WebhookDelivery> due = repository_.TakeDueWebhooks(1, kHold, busy);
  if (due.empty()) return std::nullopt;
  std::lock_guard lock(mutex_);
  num_in_flight_[WebhookHost(due.front().url)] += 1;
  return std::move(due.front());
}

int WebhookDispatcher::DispatchDue() {
  int num_tried = 0;
  for (auto delivery = TakeNext(); delivery; delivery = TakeNext()) {
    Send(*delivery);
    ++num_tried;
  }
  return num_tried;
}

void WebhookDispatcher::Deliver(const WebhookDelivery& delivery) {
  WebhookRequest request{
      .url = delivery.url,
      .headers = {"Content-Type: application/json", "Stemscribe-Event: " + delivery.event,
                  "Stemscribe-Delivery: " + delivery.id},
      .body = delivery.body};
  if (!delivery.trace.parent.empty()) {
    request.headers.push_back("traceparent: " + delivery.trace.parent);
  }
  if (!delivery.trace.state.empty()) {
    request.headers.push_back("tracestate: " + delivery.trace.state);
  }
  if (!settings_.secret.empty()) {
    request.headers.push_back("Stemscribe-Signature: " +
                              SignWebhook(settings_.secret, clock_.Now(), delivery.body));
  }
  const WebhookResponse response = sender_.Send(request);
  if (response.status >= 200 && response.status < 300) {
    repository_.WebhookDelivered(delivery.id);
    return;
  }
  const std::string error = response.status > 0 ? fmt::format("answered with {}", response.status)
                                                : ToPlainLine(response.error, kMaxErrorBytes);
  const int attempts = delivery.attempts + 1;
  // 410 Gone: the receiver wants no more of it.
  const bool gives_up = attempts >= settings_.max_attempts || response.status == 410;
  std::optional<TimePoint> next;
  if (!gives_up) next = clock_.Now() + WebhookDelay(settings_, attempts, RandomJitter());
  repository_.WebhookFailed(delivery.id, error, next);
  if (on_error_) {
    on_error_(fmt::format("webhook of job {} ({}): {}{}", delivery.job_id, delivery.event, error,
                          gives_up ? "; given up" : ""));
  }
}

}  // namespace stemscribe::jobs
