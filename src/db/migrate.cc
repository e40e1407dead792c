#include "db/migrate.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <array>
#include <map>
#include <span>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "base/sha256.h"
#include "db/connection_pool.h"
#include "db/query.h"

namespace stemscribe::db {
namespace {

constexpr std::chrono::hours kMigrationTimeout{1};  // of a table with millions of rows

struct MigrationFile {
  std::string_view name;
  std::string_view sql;
};

constexpr MigrationFile kFiles[] = {
#include "db/migration_files.inc"
};

struct Applied {
  std::string sha256;
  jobs::TimePoint applied_at;
};

std::string HashOf(std::string_view sql) {
  Sha256 hash;
  hash.Update(std::as_bytes(std::span(sql)));
  return hash.FinishHex();
}

/// A database runs one statement at a time. A statement ends with ';' at the end of a line; a line
/// that begins with "--" is a comment.
std::vector<std::string> SplitStatements(std::string_view sql) {
  std::vector<std::string> statements;
  std::string statement;
  std::istringstream lines{std::string(sql)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with("--")) continue;
    const bool ends = line.back() == ';';
    if (ends) line.pop_back();
    statement += line + "\n";
    if (ends) statements.push_back(std::exchange(statement, ""));
  }
  if (!statement.empty()) statements.push_back(statement);
  return statements;
}

std::map<std::string, Applied> ReadApplied(soci::session& session) {
  std::map<std::string, Applied> applied;
  std::string name;
  std::string sha256;
  long long applied_at = 0;
  Execute(
      session, "SELECT name, sha256, applied_at FROM schema_migrations", {},
      [&](soci::statement& statement) {
        statement.exchange(soci::into(name));
        statement.exchange(soci::into(sha256));
        statement.exchange(soci::into(applied_at));
      },
      [&] { applied[name] = {sha256, jobs::TimePoint(jobs::Milliseconds(applied_at))}; });
  return applied;
}

std::vector<MigrationStatus> Compare(const std::map<std::string, Applied>& applied) {
  std::vector<MigrationStatus> all;
  std::map<std::string, Applied> unknown = applied;
  for (const MigrationFile& file : kFiles) {
    MigrationStatus status{.number = std::stoi(std::string(file.name)),
                           .name = std::string(file.name),
                           .sha256 = HashOf(file.sql),
                           .applied_at = {}};
    if (const auto entry = applied.find(status.name); entry != applied.end()) {
      if (entry->second.sha256 != status.sha256) {
        throw Error(ErrorCode::kConflict,
                    fmt::format("migration {} has changed since it was applied", status.name));
      }
      status.applied_at = entry->second.applied_at;
      unknown.erase(status.name);
    }
    all.push_back(std::move(status));
  }
  if (!unknown.empty()) {
    throw Error(ErrorCode::kConflict,
                fmt::format("the database is newer than this program: migration {} is not known",
                            unknown.begin()->first));
  }
  return all;
}

}  // namespace

std::vector<MigrationStatus> Migrate(const std::string& url, const jobs::Clock& clock) {
  ConnectionPool pool({.url = url, .timeout = kMigrationTimeout}, 1);
  std::vector<MigrationStatus> done;
  pool.Write([&](soci::session& session) {
    for (const std::string& statement : pool.dialect().before_migration) {
      Execute(session, statement);
    }
    Execute(session,
            "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL PRIMARY KEY, "
            "name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL)");
    std::vector<MigrationStatus> all = Compare(ReadApplied(session));
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].applied_at) continue;
      for (const std::string& statement : SplitStatements(kFiles[i].sql)) {
        Execute(session, statement);
      }
      all[i].applied_at = clock.Now();
      Execute(session,
              "INSERT INTO schema_migrations (number, name, sha256, applied_at) "
              "VALUES (:number, :name, :sha256, :applied_at)",
              Params()
                  .Integer("number", int64_t{all[i].number})
                  .Text("name", all[i].name)
                  .Text("sha256", all[i].sha256)
                  .Integer("applied_at", int64_t{all[i].applied_at->time_since_epoch().count()}));
      done.push_back(all[i]);
    }
  });
  return done;
}

std::vector<MigrationStatus> MigrationState(const std::string& url) {
  ConnectionPool pool({.url = url}, 1);
  std::map<std::string, Applied> applied;
  pool.Read([&](soci::session& session) {
    const auto tables = QueryInteger(session, pool.dialect().num_tables,
                                     Params().Text("name", std::string("schema_migrations")));
    if (tables == 1) applied = ReadApplied(session);
  });
  return Compare(applied);
}

jobs::TimePoint MadeAt(const std::string& url) {
  return MigrationState(url).front().applied_at.value_or(jobs::SystemClock().Now());
}

}  // namespace stemscribe::db
