// SQLite: a file of this machine.
#pragma once

#include <filesystem>

#include "db/database.h"

namespace stemscribe::db {

/// The file that "sqlite:///relative/path" or "sqlite:////absolute/path" names. Throws
/// Error{kInvalidArgument} with the field DATABASE_URL for anything else.
std::filesystem::path SqliteFile(const std::string& url);

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(std::filesystem::path file) : file_(std::move(file)) {}

  const Dialect& dialect() const override;

  /// Write-ahead log, every commit synced (what was acknowledged survives a power cut), foreign
  /// keys, and patience with other processes.
  void Open(soci::session& session) const override;

  bool IsAlive(soci::session&) const override { return true; }
  void Abort(soci::session&) const override {}

 private:
  const std::filesystem::path file_;
};

}  // namespace stemscribe::db
