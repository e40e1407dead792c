// The schema of the database, brought up to date by numbered SQL files: forward only, each applied
// once, in one transaction, and known by its hash ever after.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::db {

struct MigrationStatus {
  int number = 0;
  std::string name;    // "0001_jobs"
  std::string sha256;  // of its SQL
  std::optional<jobs::TimePoint> applied_at;
};

/// Applies what is missing and gives what was applied. Safe when several processes do it at once:
/// one works, the others wait. Throws Error{kConflict} if an applied file has changed or is not
/// known to this program, Error{kUnavailable} if the database cannot be used.
std::vector<MigrationStatus> Migrate(const std::string& url, const jobs::Clock& clock);

/// All migrations, applied or not; changes nothing. Throws as Migrate.
std::vector<MigrationStatus> MigrationState(const std::string& url);

/// When the first migration was applied: then the database began. Now, if none is. Throws as
/// Migrate.
jobs::TimePoint MadeAt(const std::string& url);

}  // namespace stemscribe::db
