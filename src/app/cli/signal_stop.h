// SIGINT, SIGTERM and SIGHUP as a stop token, so that the program ends in good order, and soon.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace stemscribe::app {

/// Make one before any thread starts: it blocks the signals in this thread and all started later,
/// and waits for them on a thread of its own. When the end is overdue (a second after the first
/// signal if that is asked for, and always at a second signal), what OnOverdue was given runs and
/// the process ends with exit code 130. A signal that the process was started to ignore (nohup)
/// stays ignored.
class SignalStop {
 public:
  enum class Overdue { kAfterASecond, kWaitFor };
  explicit SignalStop(Overdue overdue);
  ~SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;

  std::stop_token token() const { return source_.get_token(); }

  /// What must not be left undone even then; replaces what was set before. Thread-safe.
  void OnOverdue(std::function<void()> clean_up);

  /// What SIGHUP does from now on, instead of a stop, even if it was ignored; on the thread of this
  /// object. Thread-safe.
  void OnHangup(std::function<void()> hang_up);

 private:
  void Watch();

  const Overdue overdue_;
  const bool ignores_hangup_;
  std::stop_source source_;
  std::mutex mutex_;  // guards clean_up_ and hang_up_
  std::function<void()> clean_up_;
  std::function<void()> hang_up_;
  int wake_fd_;
  int signal_fd_;
  std::thread thread_;
};

}  // namespace stemscribe::app
