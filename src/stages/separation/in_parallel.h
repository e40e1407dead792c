// Two pieces of work on two threads.
#pragma once

#include <future>
#include <utility>

namespace stemscribe::separation {

/// Runs `first` here and `second` on another thread; returns when both are done. Throws what either
/// throws.
template <typename First, typename Second>
void InParallel(First&& first, Second&& second) {
  std::future<void> other = std::async(std::launch::async, std::forward<Second>(second));
  first();
  other.get();
}

}  // namespace stemscribe::separation
