#include "api/idempotency_key.h"

#include <algorithm>

#include "api/error_table.h"

namespace stemscribe::api {

std::string CheckedIdempotencyKey(std::string_view key, const std::string& field) {
  constexpr size_t kMaxBytes = 255;
  const bool is_printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (key.empty() || key.size() > kMaxBytes || !is_printable) {
    throw InvalidField(field, "must have 1 to 255 printable ASCII characters, no spaces");
  }
  return std::string(key);
}

}  // namespace stemscribe::api
