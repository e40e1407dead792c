// What differs between the databases: SQLite, a local file, and PostgreSQL, which many share.
#pragma once

#include <soci/soci.h>

#include <memory>
#include <string>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::db {

struct DatabaseSettings {
  std::string url =
      "sqlite:///./api.db";  // sqlite:///relative, sqlite:////absolute, postgresql://…
  jobs::Milliseconds timeout{std::chrono::seconds(10)};  // of one statement; SQLite needs none
};

/// What is said differently in SQL.
struct Dialect {
  std::string begin;        // a transaction that writes
  std::string for_update;   // after a SELECT of rows that the transaction will change
  std::string skip_locked;  // the same, but without rows that another transaction is changing
  std::string num_tables;   // how many tables have the name :name
  std::vector<std::string> before_migration;  // makes processes go one after the other
  std::string now_ms{};  // what the server's clock shows, in ms since 1970; empty: it is ours
  bool has_one_writer = false;  // transactions that write go one after the other anyway
};

/// Thread-safe.
class Database {
 public:
  virtual ~Database() = default;

  virtual const Dialect& dialect() const = 0;

  /// Connects. Throws Error{kUnavailable}.
  virtual void Open(soci::session& session) const = 0;

  /// Whether an idle connection can still be used, as far as can be seen without asking.
  virtual bool IsAlive(soci::session& session) const = 0;

  /// Makes whatever another thread waits for on this connection fail. The connection is of no use
  /// afterwards.
  virtual void Abort(soci::session& session) const = 0;
};

/// Throws Error{kInvalidArgument} with the field DATABASE_URL for a URL that names neither.
std::unique_ptr<Database> MakeDatabase(const DatabaseSettings& settings);

/// Whether processes on other machines can use it, too.
bool IsShared(const std::string& url);

}  // namespace stemscribe::db
