#include "http/wakeup.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <mutex>
#include <utility>

namespace stemscribe::http {

namespace asio = boost::asio;

// The timer lives in Wait, and is posted to under the mutex only while that runs: a Notify that
// comes late, from a thread that outlives the event loop, touches nothing of it.
struct Wakeup::State : std::enable_shared_from_this<State> {
  explicit State(asio::any_io_executor its_executor) : executor(std::move(its_executor)) {}

  // From any thread: ends the wait, if there is one, on the coroutine's own thread.
  void Interrupt() {
    std::lock_guard lock(mutex);
    if (timer == nullptr) return;
    asio::post(executor, [self = shared_from_this()] {
      std::lock_guard posted_lock(self->mutex);
      if (self->timer != nullptr) self->timer->cancel();
    });
  }

  void SetTimer(asio::steady_timer* new_timer) {
    std::lock_guard lock(mutex);
    timer = new_timer;
  }

  const asio::any_io_executor executor;
  std::mutex mutex;  // guards timer
  asio::steady_timer* timer = nullptr;
  std::atomic<bool> notified{false};  // news that no Wait has seen
};

namespace {

template <typename State>
class TimerScope {
 public:
  TimerScope(State& state, asio::steady_timer* timer) : state_(state) { state_.SetTimer(timer); }
  ~TimerScope() { state_.SetTimer(nullptr); }
  TimerScope(const TimerScope&) = delete;
  TimerScope& operator=(const TimerScope&) = delete;

 private:
  State& state_;
};

}  // namespace

std::shared_ptr<Wakeup> Wakeup::Create(asio::any_io_executor executor) {
  return std::shared_ptr<Wakeup>(new Wakeup(std::make_shared<State>(std::move(executor))));
}

Wakeup::Wakeup(std::shared_ptr<State> state) : state_(std::move(state)) {}

Wakeup::~Wakeup() = default;

void Wakeup::Notify() {
  if (!state_->notified.exchange(true)) state_->Interrupt();
}

asio::awaitable<Wakeup::Reason> Wakeup::Wait(std::chrono::milliseconds timeout,
                                             std::stop_token stop) {
  const std::shared_ptr<State> state = state_;
  asio::steady_timer timer(state->executor, timeout);
  const TimerScope scope(*state, &timer);
  std::function<void()> interrupt = [&state] { state->Interrupt(); };
  const std::stop_callback<std::function<void()>> on_stop(stop, interrupt);
  while (true) {
    if (stop.stop_requested()) co_return Reason::kStopped;
    if (state->notified.exchange(false)) co_return Reason::kNotified;
    if (timer.expiry() <= std::chrono::steady_clock::now()) co_return Reason::kTimeout;
    boost::system::error_code
        ignored;  // a cancelled timer is an interrupt; the checks above say which
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer.async_wait(token);
  }
}

}  // namespace stemscribe::http
