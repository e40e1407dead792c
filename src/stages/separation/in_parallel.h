// Two pieces of work on two threads.
#pragma once

#include <cstddef>
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

/// Runs work(channel) for left and right at the same time.
template <typename Work>
void ForEachChannel(const Work& work) {
  InParallel([&] { work(size_t{0}); }, [&] { work(size_t{1}); });
}

}  // namespace stemscribe::separation
