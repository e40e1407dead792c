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

namespace stemscribe::jobs {
namespace {

namespace json = boost::json;

constexpr int kBatch = 16;
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
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      try {
        while (!stop.stop_requested() && DispatchDue() > 0) {
        }
      } catch (const std::exception& error) {
        if (on_error_) on_error_(fmt::format("webhooks: {}", error.what()));
      }
      never.wait_for(lock, stop, settings_.poll_interval, [] { return false; });
    }
  });
}

void WebhookDispatcher::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

int WebhookDispatcher::DispatchDue() {
  // One at a time: a batch that is held longer than its hold would be sent twice.
  int num_sent = 0;
  while (num_sent < kBatch) {
    const std::vector<WebhookDelivery> due = repository_.TakeDueWebhooks(1, kHold);
    if (due.empty()) break;
    Deliver(due.front());
    ++num_sent;
  }
  return num_sent;
}

void WebhookDispatcher::Deliver(const WebhookDelivery& delivery) {
  WebhookRequest request{
      .url = delivery.url,
      .headers = {"Content-Type: application/json", "Stemscribe-Event: " + delivery.event,
                  "Stemscribe-Delivery: " + delivery.id},
      .body = delivery.body};
  if (!settings_.secret.empty()) {
    request.headers.push_back("Stemscribe-Signature: " +
                              SignWebhook(settings_.secret, clock_.Now(), delivery.body));
  }
  const WebhookResponse response = sender_.Send(request);
  if (response.status >= 200 && response.status < 300) {
    repository_.WebhookDelivered(delivery.id);
    return;
  }
  std::string error =
      response.status > 0 ? fmt::format("answered with {}", response.status) : response.error;
  error.resize(std::min(error.size(), kMaxErrorBytes));
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
