#include "db/sqlite_database.h"

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "db/query.h"

namespace stemscribe::db {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "sqlite:///";
constexpr int kBusyTimeoutSec = 15;

/// The switch to the write-ahead log does not wait for others by itself.
void UseWriteAheadLog(soci::session& session) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kBusyTimeoutSec);
  while (true) {
    try {
      QueryTexts(session, "PRAGMA journal_mode = WAL");
      return;
    } catch (const soci::soci_error&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

}  // namespace

fs::path SqliteFile(const std::string& url) {
  const std::string file = url.starts_with(kScheme) ? url.substr(kScheme.size()) : "";
  const bool plain = file.find_first_of("\"\n") == std::string::npos;
  if (file.empty() || !plain) {
    throw Error(ErrorCode::kInvalidArgument, "DATABASE_URL is not one we know",
                {{"DATABASE_URL",
                  "must be sqlite:///relative/path, sqlite:////absolute/path or "
                  "postgresql://user:password@host/database"}});
  }
  return file;
}

const Dialect& SqliteDatabase::dialect() const {
  static const Dialect dialect{
      // Not one that only reads at first: two of those could not both go on to write.
      .begin = "BEGIN IMMEDIATE",
      .for_update = "",
      .skip_locked = "",
      .num_tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = :name",
      .before_migration = {},
      .has_one_writer = true};
  return dialect;
}

void SqliteDatabase::Open(soci::session& session) const {
  std::error_code ignored;  // SQLite will say it better
  if (file_.has_parent_path()) fs::create_directories(file_.parent_path(), ignored);
  Translated([&] {
    session.open(soci::sqlite3,
                 fmt::format("dbname=\"{}\" timeout={}", file_.string(), kBusyTimeoutSec));
    UseWriteAheadLog(session);
    Execute(session, "PRAGMA synchronous = FULL");
    Execute(session, "PRAGMA foreign_keys = ON");
  });
}

}  // namespace stemscribe::db
