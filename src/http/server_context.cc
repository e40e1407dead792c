#include "http/server_context.h"

#include <fmt/format.h>

#include <chrono>

#include "http/client_network.h"
#include "http/conditional.h"

namespace stemscribe::http {

bool ConnectionCounter::Add(const std::string& address, int max_per_address) {
  std::lock_guard lock(mutex_);
  int& count = by_network_[NetworkOf(address)];
  if (count >= max_per_address) return false;
  ++count;
  ++total_;
  return true;
}

void ConnectionCounter::Remove(const std::string& address) {
  std::lock_guard lock(mutex_);
  const auto entry = by_network_.find(NetworkOf(address));
  if (--entry->second == 0) by_network_.erase(entry);
  if (--total_ == 0) none_left_.notify_all();
}

int ConnectionCounter::total() const {
  std::lock_guard lock(mutex_);
  return total_;
}

bool ConnectionCounter::WaitForNone(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return none_left_.wait_until(lock, deadline, [this] { return total_ == 0; });
}

const std::string& Worker::Date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_time_) {
    date_time_ = now;
    date_ = FormatHttpDate(std::chrono::sys_seconds(std::chrono::seconds(now)));
  }
  return date_;
}

bool IsRequestId(std::string_view id) {
  constexpr std::string_view kOk =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-";
  return !id.empty() && id.size() <= 128 && id.find_first_not_of(kOk) == id.npos;
}

std::string Worker::NewRequestId() { return fmt::format("{:016x}", random_()); }

TraceContext Worker::NewSpan(const std::optional<TraceContext>& sender) {
  return stemscribe::NewSpan(sender, {random_(), random_(), random_()});
}

}  // namespace stemscribe::http
