#include "base/task_group.h"

#include <utility>

namespace stemscribe {

TaskGroup::TaskGroup(const std::stop_token& parent, std::function<void()> on_stop)
    : on_parent_stop_(parent, [this] { source_.request_stop(); }),
      on_stop_(source_.get_token(), on_stop ? std::move(on_stop) : [] {}) {}

TaskGroup::~TaskGroup() {
  if (!threads_.empty()) source_.request_stop();
  threads_.clear();
}

void TaskGroup::Run(std::function<void()> task) {
  threads_.emplace_back([this, task = std::move(task)] {
    try {
      task();
    } catch (...) {
      Fail(std::current_exception());
    }
  });
}

void TaskGroup::Join() {
  threads_.clear();
  if (first_error_) std::rethrow_exception(std::exchange(first_error_, nullptr));
}

void TaskGroup::Fail(std::exception_ptr error) {
  {
    // The error that comes first is the cause: what follows it are tasks that were told to stop.
    std::lock_guard lock(mutex_);
    if (!first_error_) first_error_ = std::move(error);
  }
  source_.request_stop();
}

}  // namespace stemscribe
