// Threads that work on one thing together: when one fails, all are told to stop, and the first
// error is thrown.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace stemscribe {

/// Owned and joined by one thread. The tasks must end soon after their stop token says so.
class TaskGroup {
 public:
  /// `parent`: a stop of it stops the group. `on_stop` (may be empty) runs once, on whichever
  /// thread stops the group; it closes the queues that tasks may be waiting at.
  TaskGroup(const std::stop_token& parent, std::function<void()> on_stop);

  /// Stops and joins what is still running.
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  std::stop_token stop_token() const { return source_.get_token(); }

  /// Starts `task` on a thread of its own.
  void Run(std::function<void()> task);

  /// Waits for all tasks; throws the first error of any.
  void Join();

 private:
  void Fail(std::exception_ptr error);

  std::stop_source source_;
  std::stop_callback<std::function<void()>> on_parent_stop_;
  std::stop_callback<std::function<void()>> on_stop_;
  std::mutex mutex_;  // guards first_error_
  std::exception_ptr first_error_;
  std::vector<std::jthread> threads_;
};

}  // namespace stemscribe
