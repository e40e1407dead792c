// PostgreSQL, through libpq.
#pragma once

#include <string>

#include "db/database.h"

namespace stemscribe::db {

class PostgresqlDatabase final : public Database {
 public:
  /// All that libpq knows may be in the URL (sslmode, target_session_attrs, …) and in the usual
  /// PG… variables. Throws Error{kInvalidArgument} with the field DATABASE_URL.
  explicit PostgresqlDatabase(const DatabaseSettings& settings);

  const Dialect& dialect() const override;
  void Open(soci::session& session) const override;
  bool IsAlive(soci::session& session) const override;
  void Abort(soci::session& session) const override;

 private:
  const std::string connection_url_;
};

}  // namespace stemscribe::db
