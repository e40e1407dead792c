// The place in a list, newest first, where the next page begins: as text for clients.
#pragma once

#include <cstdint>
#include <string>

namespace stemscribe::db {

/// The list goes on with what is before (created_at_ms, id).
struct JobCursor {
  int64_t created_at_ms = 0;
  std::string id;
};

std::string FormatCursor(const JobCursor& cursor);

/// Throws Error{kInvalidArgument} with the field `cursor` unless FormatCursor made it.
JobCursor ParseCursor(const std::string& text);

}  // namespace stemscribe::db
