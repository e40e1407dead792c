#include "http/wakeup.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

namespace stemscribe::http {

namespace asio = boost::asio;

struct Wakeup::State : std::enable_shared_from_this<State> {
  explicit State(asio::any_io_executor executor) : timer(std::move(executor)) {}

  // From any thread: ends the wait on the coroutine's own thread.
  void Interrupt() {
    if (posted.exchange(true)) return;
    asio::post(timer.get_executor(), [self = shared_from_this()] {
      self->posted = false;
      self->timer.cancel();
    });
  }

  asio::steady_timer timer;           // used on the coroutine's executor only
  std::atomic<bool> notified{false};  // news that no Wait has seen
  std::atomic<bool> posted{false};    // an Interrupt is on its way
};

std::shared_ptr<Wakeup> Wakeup::Create(asio::any_io_executor executor) {
  return std::shared_ptr<Wakeup>(new Wakeup(std::make_shared<State>(std::move(executor))));
}

Wakeup::Wakeup(std::shared_ptr<State> state) : state_(std::move(state)) {}

Wakeup::~Wakeup() = default;

void Wakeup::Notify() {
  if (!state_->notified.exchange(true)) state_->Interrupt();
}

asio::awaitable<Wakeup::Reason> Wakeup::Wait(std::chrono::milliseconds timeout, std::stop_token stop) {
  const std::shared_ptr<State> state = state_;
  std::function<void()> interrupt = [state] { state->Interrupt(); };
  const std::stop_callback<std::function<void()>> on_stop(stop, interrupt);
  state->timer.expires_after(timeout);
  while (true) {
    if (stop.stop_requested()) co_return Reason::kStopped;
    if (state->notified.exchange(false)) co_return Reason::kNotified;
    if (state->timer.expiry() <= std::chrono::steady_clock::now()) co_return Reason::kTimeout;
    boost::system::error_code ignored;  // a cancelled timer is an interrupt; the checks above say which
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await state->timer.async_wait(token);
  }
}

}  // namespace stemscribe::http
