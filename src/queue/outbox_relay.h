// Carries announcements from the outbox of the database to a queue: at once when nudged, and looks
// for what others left now and then.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "jobs/outbox.h"

namespace stemscribe::queue {

struct OutboxRelaySettings {
  jobs::Milliseconds interval{std::chrono::seconds(1)};
  jobs::Milliseconds hold{std::chrono::seconds(10)};  // for the others, while we announce
};

/// Thread-safe. Its thread ends with it.
class OutboxRelay {
 public:
  /// `announce` throws Error{kUnavailable} when the queue is away; the entry stays then, for later.
  /// `outbox` outlives it.
  OutboxRelay(OutboxRelaySettings settings, jobs::Outbox& outbox,
              std::function<void(const jobs::OutboxEntry&)> announce,
              std::function<void(const std::string&)> on_error);

  /// There is something new.
  void Nudge();

 private:
  void Run(const std::stop_token& stop);
  bool Carry();

  const OutboxRelaySettings settings_;
  jobs::Outbox& outbox_;
  const std::function<void(const jobs::OutboxEntry&)> announce_;
  const std::function<void(const std::string&)> on_error_;
  std::mutex mutex_;  // guards nudged_
  std::condition_variable_any changed_;
  bool nudged_ = false;
  std::jthread thread_;  // the last: it uses the others
};

}  // namespace stemscribe::queue
