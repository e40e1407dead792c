#include "db/job_cursor.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "jobs/uuid.h"

namespace stemscribe::db {

std::string FormatCursor(const JobCursor& cursor) {
  return fmt::format("{:x}.{}", cursor.created_at_ms, cursor.id);
}

JobCursor ParseCursor(const std::string& text) {
  JobCursor cursor;
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, cursor.created_at_ms, 16);
  if (fault == std::errc() && rest != end && *rest == '.') cursor.id.assign(rest + 1, end);
  if (!jobs::IsUuid(cursor.id) || FormatCursor(cursor) != text) {
    throw Error(ErrorCode::kInvalidArgument, "the cursor is not one of ours",
                {{"cursor", "must be the next_cursor of a page before"}});
  }
  return cursor;
}

}  // namespace stemscribe::db
