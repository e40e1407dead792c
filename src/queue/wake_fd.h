// Wakes a thread that polls.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "jobs/unique_fd.h"

namespace stemscribe::queue {

/// Thread-safe.
class WakeFd {
 public:
  WakeFd() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  int get() const { return fd_.get(); }

  void Wake() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = write(fd_.get(), &one, sizeof(one));
  }

  void Clear() const {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t ignored = read(fd_.get(), &count, sizeof(count));
  }

 private:
  const jobs::UniqueFd fd_;
};

}  // namespace stemscribe::queue
