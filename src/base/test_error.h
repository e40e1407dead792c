// What tests of failures share.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"

namespace stemscribe {

/// The code of the Error that `action` throws; the test fails if it throws none.
inline ErrorCode CodeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInternal;
}

}  // namespace stemscribe
