// Connections to the database, leased for one piece of work at a time.
#pragma once

#include <soci/soci.h>

#include <filesystem>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>

namespace stemscribe::db {

/// The file that "sqlite:///relative/path" or "sqlite:////absolute/path" names. Throws
/// Error{kInvalidArgument} with the field DATABASE_URL for anything else.
std::filesystem::path SqliteFile(const std::string& url);

/// Opens one connection: write-ahead log, every commit synced (what was acknowledged survives a
/// power cut), foreign keys, and patience with other processes. Throws Error{kUnavailable}.
void OpenSqlite(soci::session& session, const std::filesystem::path& file);

/// Thread-safe.
class ConnectionPool {
 public:
  ConnectionPool(const std::filesystem::path& file, int size);

  /// Every statement is written to `stream` from now on (null: no more): for tests of one thread.
  void LogStatements(std::ostream* stream);

  /// Runs `work` on a connection. SOCI's errors come out translated.
  void Read(const std::function<void(soci::session&)>& work);

  /// The same, with the number of the connection (below size()), which is ours alone meanwhile: for
  /// what is kept with a connection.
  void ReadNumbered(const std::function<void(soci::session&, size_t number)>& work);

  size_t size() const { return static_cast<size_t>(size_); }

  /// Runs `work` in a transaction, one at a time in this process: waiting on our own mutex is fair
  /// and cheap, SQLite's own retry is neither. Rolled back if it throws.
  void Write(const std::function<void(soci::session&)>& work);

 private:
  const int size_;
  soci::connection_pool pool_;
  std::mutex write_mutex_;  // held by the one writer
};

}  // namespace stemscribe::db
