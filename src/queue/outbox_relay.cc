#include "queue/outbox_relay.h"

#include <vector>

#include "base/error.h"

namespace stemscribe::queue {
namespace {

constexpr int kBatch = 200;

}  // namespace

OutboxRelay::OutboxRelay(OutboxRelaySettings settings, jobs::Outbox& outbox,
                         std::function<void(const jobs::OutboxEntry&)> announce,
                         std::function<void(const std::string&)> on_error)
    : settings_(settings),
      outbox_(outbox),
      announce_(std::move(announce)),
      on_error_(std::move(on_error)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void OutboxRelay::Nudge() {
  std::lock_guard lock(mutex_);
  nudged_ = true;
  changed_.notify_one();
}

void OutboxRelay::Run(const std::stop_token& stop) {
  std::string last_error;
  while (!stop.stop_requested()) {
    try {
      while (Carry() && !stop.stop_requested()) {
      }
      last_error.clear();
    } catch (const std::exception& error) {
      if (on_error_ && last_error != error.what()) on_error_(error.what());
      last_error = error.what();
    }
    std::unique_lock lock(mutex_);
    // After an error a nudge must not make us ask again at once.
    changed_.wait_for(lock, stop, settings_.interval,
                      [this, &last_error] { return nudged_ && last_error.empty(); });
    nudged_ = false;
  }
}

bool OutboxRelay::Carry() {
  const std::vector<jobs::OutboxEntry> entries = outbox_.TakeOutbox(kBatch, settings_.hold);
  std::vector<int64_t> done;
  try {
    for (const jobs::OutboxEntry& entry : entries) {
      announce_(entry);
      done.push_back(entry.id);
    }
  } catch (const Error&) {
    if (!done.empty()) outbox_.OutboxDone(done);
    throw;
  }
  if (!done.empty()) outbox_.OutboxDone(done);
  return entries.size() == kBatch;
}

}  // namespace stemscribe::queue
