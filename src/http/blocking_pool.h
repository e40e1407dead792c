// Threads for work that blocks (SQL, disk, hashing, compression), so that event threads never do.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace stemscribe::http {

/// Thread-safe. Must outlive every server and coroutine that uses it.
class BlockingPool {
 public:
  /// At most `max_queued` tasks wait; more are refused.
  BlockingPool(int num_threads, size_t max_queued);

  /// Runs what is queued, then joins the threads.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `task()` on a thread of the pool and resumes the calling coroutine on its own executor
  /// with the result, or with what the task threw. Throws Error{kUnavailable} if the queue is full.
  /// It cannot be cancelled, so the task may refer to locals of the coroutine. Name it first (`auto
  /// task = [&] {…}; co_await pool.Run(task);`): GCC 12 destroys temporaries of a co_await
  /// expression wrongly.
  template <typename Task>
  boost::asio::awaitable<std::invoke_result_t<Task&>> Run(Task task) {
    using Result = std::invoke_result_t<Task&>;
    if constexpr (std::is_void_v<Result>) {
      std::function<void()> run = [&task] { task(); };
      co_await RunErased(std::move(run));
    } else {
      std::optional<Result> result;
      std::function<void()> run = [&task, &result] { result.emplace(task()); };
      co_await RunErased(std::move(run));
      co_return std::move(*result);  // NOLINT(bugprone-unchecked-optional-access): `run` set it
    }
  }

  /// Queues a task that nobody waits for; it must not throw. False if the queue is full.
  bool TrySubmit(std::function<void()> task);

  size_t num_queued() const;

  /// How long the task that is to run next has waited; zero if none waits. The measure of overload.
  std::chrono::nanoseconds OldestWait() const;

 private:
  struct Waiting {
    std::function<void()> task;
    std::chrono::steady_clock::time_point since;
  };

  boost::asio::awaitable<void> RunErased(std::function<void()> task);
  void Work();

  const size_t max_queued_;
  mutable std::mutex mutex_;  // guards tasks_ and closed_
  std::condition_variable has_task_;
  std::deque<Waiting> tasks_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace stemscribe::http
