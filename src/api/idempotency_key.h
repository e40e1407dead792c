// The key that makes a retry safe: as a header of an upload, and to ask for its job.
#pragma once

#include <cstddef>
#include <string_view>

namespace stemscribe::api {

inline constexpr size_t kMaxIdempotencyKeyBytes = 255;

/// Whether `key` has 1 to 255 printable ASCII characters and no spaces.
bool IsIdempotencyKey(std::string_view key);

}  // namespace stemscribe::api
