// The rows of an embedded database, for the move to a shared one.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "db/database.h"

namespace stemscribe::db {

/// Copies all rows that the database `to` does not have yet, by primary key. Both have the schema
/// of this program. Tables that belong to one database (migrations, announcements) are left out.
/// Gives the number of new rows by table. Throws as the databases; what was copied then stays, and
/// a second call goes on. `from` must be SQLite.
std::map<std::string, int64_t> CopyTables(const DatabaseSettings& from, const DatabaseSettings& to);

}  // namespace stemscribe::db
