// Cancellation is a std::stop_token, handed down by reference and asked at every block of work.
#pragma once

#include <stop_token>

#include "base/error.h"

namespace stemscribe {

/// Throws Error{kCancelled} once a stop was requested. Call it at least every 100 ms of work.
inline void ThrowIfStopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::kCancelled, "cancelled");
}

}  // namespace stemscribe
