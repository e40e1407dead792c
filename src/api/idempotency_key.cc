#include "api/idempotency_key.h"

#include <algorithm>

namespace stemscribe::api {

bool IsIdempotencyKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxIdempotencyKeyBytes &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace stemscribe::api
