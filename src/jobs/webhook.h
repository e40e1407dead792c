// Callbacks to users' servers when a job ends: signed, retried with back-off, from the outbox of
// the repository.
//
// The request is a POST of JSON {"event","job":{…}} with
//   Stemscribe-Event: job.completed
//   Stemscribe-Delivery: the delivery's id, the same in every retry
//   traceparent and tracestate of the request that made the job
//   Stemscribe-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" under
//   WEBHOOK_SECRET>
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "jobs/clock.h"
#include "jobs/job_repository.h"

namespace stemscribe::jobs {

/// The value of Stemscribe-Signature.
std::string SignWebhook(std::string_view secret, TimePoint now, std::string_view body);

/// The body that is sent for a job that ended.
std::string WebhookBody(const Job& job);

/// "host:port" of a URL, in lower case, as far as it is one.
std::string WebhookHost(std::string_view url);

/// "job.completed", "job.failed", "job.cancelled".
std::string WebhookEventName(JobStatus status);

struct WebhookRequest {
  std::string url{};
  std::vector<std::string> headers{};  // "Name: value"
  std::string body{};
};

struct WebhookResponse {
  int status = 0;       // of HTTP; 0: none came
  std::string error{};  // why none came
};

/// Implementation: webhook/. Thread-safe.
class WebhookSender {
 public:
  virtual ~WebhookSender() = default;

  /// Posts once, within a bounded time. Faults are in the response.
  virtual WebhookResponse Send(const WebhookRequest& request) = 0;

  /// Throws Error{kInvalidArgument} with the field `callback_url` if such a URL is never called:
  /// not http or https, with a user name, or a literal address that is not public.
  virtual void CheckUrl(const std::string& url) const = 0;
};

struct WebhookSettings {
  std::string secret{};  // empty: not signed
  int max_attempts = 8;
  Milliseconds first_delay{std::chrono::seconds(10)};
  Milliseconds max_delay{std::chrono::hours(1)};
  Milliseconds poll_interval{std::chrono::seconds(2)};
  int max_at_once = 8;   // of this process
  int max_per_host = 2;  // of those: the other places are for others
};

/// How long to wait after `attempts` failed ones: doubling, with `jitter` (0 … 1) taking up to half
/// off.
Milliseconds WebhookDelay(const WebhookSettings& settings, int attempts, double jitter);

/// Sends what is due, several at once, on threads of its own. One host gets a part of them only, so
/// that a slow one does not delay the others. Everything given must outlive it.
class WebhookDispatcher {
 public:
  WebhookDispatcher(WebhookSettings settings, JobRepository& repository, WebhookSender& sender,
                    const Clock& clock,
                    std::function<void(const std::string& message)> on_error = {});
  ~WebhookDispatcher();

  void Start();
  void Stop();

  /// Sends what is due now, one after the other; how many were tried.
  int DispatchDue();

 private:
  void Run(const std::stop_token& stop);
  std::optional<WebhookDelivery> WaitForNext(const std::stop_token& stop);
  std::optional<WebhookDelivery> TakeNext();
  void Send(const WebhookDelivery& delivery);
  void Deliver(const WebhookDelivery& delivery);
  void Report(const std::string& what) const;

  const WebhookSettings settings_;
  JobRepository& repository_;
  WebhookSender& sender_;
  const Clock& clock_;
  const std::function<void(const std::string&)> on_error_;

  std::mutex turn_;   // held by the one thread that looks for the next delivery
  std::mutex mutex_;  // guards num_in_flight_, and num_sent_ where it grows
  std::condition_variable_any was_sent_;
  std::map<std::string, int> num_in_flight_;  // by host
  std::atomic<int64_t> num_sent_{0};
  std::vector<std::jthread> threads_;
};

}  // namespace stemscribe::jobs
