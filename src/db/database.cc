#include "db/database.h"

#include "db/postgresql_database.h"
#include "db/sqlite_database.h"

namespace stemscribe::db {

bool IsShared(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

std::unique_ptr<Database> MakeDatabase(const DatabaseSettings& settings) {
  if (IsShared(settings.url)) return std::make_unique<PostgresqlDatabase>(settings);
  return std::make_unique<SqliteDatabase>(SqliteFile(settings.url));
}

}  // namespace stemscribe::db
