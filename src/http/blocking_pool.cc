#include "http/blocking_pool.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>

#include "base/error.h"

namespace stemscribe::http {

namespace asio = boost::asio;

BlockingPool::BlockingPool(int num_threads, size_t max_queued) : max_queued_(max_queued) {
  for (int i = 0; i < num_threads; ++i) threads_.emplace_back([this] { Work(); });
}

BlockingPool::~BlockingPool() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  has_task_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool BlockingPool::TrySubmit(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    if (closed_ || tasks_.size() >= max_queued_) return false;
    tasks_.push_back({std::move(task), std::chrono::steady_clock::now()});
  }
  has_task_.notify_one();
  return true;
}

size_t BlockingPool::num_queued() const {
  std::lock_guard lock(mutex_);
  return tasks_.size();
}

std::chrono::nanoseconds BlockingPool::OldestWait() const {
  std::lock_guard lock(mutex_);
  if (tasks_.empty()) return {};
  return std::chrono::steady_clock::now() - tasks_.front().since;
}

void BlockingPool::Work() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      has_task_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front().task);
      tasks_.pop_front();
    }
    task();
  }
}

asio::awaitable<void> BlockingPool::RunErased(std::function<void()> task) {
  // Held while a thread of the pool posts the result, so that the coroutine does not go on, and its
  // event loop does not end, before that thread has let go of the loop.
  auto posting = std::make_shared<std::mutex>();
  auto initiate = [this, &task, posting](auto handler) {
    auto executor = asio::get_associated_executor(handler);
    auto guard = asio::make_work_guard(executor);
    // A std::function must be copyable, a handler is only movable. Both are given up on the
    // coroutine's thread.
    auto pending = std::make_shared<std::pair<decltype(handler), decltype(guard)>>(
        std::move(handler), std::move(guard));
    auto resume = [executor, pending](std::exception_ptr error) mutable {
      asio::post(executor, [pending = std::move(pending), error]() mutable {
        auto [resumed, working] = std::move(*pending);
        pending.reset();
        resumed(error);
      });
    };
    pending.reset();
    auto refuse = resume;
    const bool accepted = TrySubmit([&task, resume = std::move(resume), posting]() mutable {
      std::exception_ptr error;
      try {
        task();
      } catch (...) {  // carried to the coroutine that waits
        error = std::current_exception();
      }
      std::lock_guard lock(*posting);
      auto resume_once = std::move(resume);
      resume_once(std::move(error));
    });
    if (!accepted) {
      refuse(std::make_exception_ptr(
          Error(ErrorCode::kUnavailable, "too much work is waiting; try again later")));
    }
  };
  std::exception_ptr failure;
  try {
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr)>(
        initiate, asio::use_awaitable);
  } catch (...) {  // thrown again below, once the lock was had
    failure = std::current_exception();
  }
  { std::lock_guard lock(*posting); }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace stemscribe::http
