// Lets a coroutine sleep until another thread has news for it, a time is over, or it is told to
// stop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <stop_token>

namespace stemscribe::http {

/// Made and awaited by one coroutine; Notify may be called from any thread, at any time while
/// somebody holds the shared_ptr (give it to the source of news, best as a weak_ptr).
class Wakeup {
 public:
  enum class Reason { kNotified, kTimeout, kStopped };

  /// `executor`: that of the coroutine, `co_await boost::asio::this_coro::executor`.
  static std::shared_ptr<Wakeup> Create(boost::asio::any_io_executor executor);
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  /// Wakes the coroutine, or makes its next Wait return at once. Several calls before that count as
  /// one.
  void Notify();

  boost::asio::awaitable<Reason> Wait(std::chrono::milliseconds timeout, std::stop_token stop);

 private:
  struct State;
  explicit Wakeup(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace stemscribe::http
