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
    tasks_.push_back(std::move(task));
  }
  has_task_.notify_one();
  return true;
}

size_t BlockingPool::num_queued() const {
  std::lock_guard lock(mutex_);
  return tasks_.size();
}

void BlockingPool::Work() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      has_task_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

asio::awaitable<void> BlockingPool::RunErased(std::function<void()> task) {
  auto initiate = [this, &task](auto handler) {
    // A std::function must be copyable, a handler is only movable.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto resume = [shared](std::exception_ptr error) {
      auto executor = asio::get_associated_executor(*shared);
      asio::post(executor, [shared, error] { (*shared)(error); });
    };
    auto guard = asio::make_work_guard(asio::get_associated_executor(*shared));
    const bool accepted = TrySubmit([&task, resume, guard] {
      std::exception_ptr error;
      try {
        task();
      } catch (...) {  // carried to the coroutine that waits
        error = std::current_exception();
      }
      resume(error);
    });
    if (!accepted) {
      resume(std::make_exception_ptr(Error(ErrorCode::kUnavailable, "too much work is waiting; try again later")));
    }
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr)>(initiate,
                                                                                         asio::use_awaitable);
}

}  // namespace stemscribe::http
