// All rows of a database, for its move to another one and for backups.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "db/database.h"

namespace stemscribe::db {

/// Copies all rows that the database `to` does not have yet, by primary key. Both have the schema
/// of this program. Tables that belong to one database (migrations, announcements) are left out.
/// Gives the number of new rows by table. Throws as the databases; what was copied then stays, and
/// a second call goes on. One of them must be SQLite: its types are those of the schema. The rows
/// are those of one moment, while others go on to write.
std::map<std::string, int64_t> CopyTables(const DatabaseSettings& from, const DatabaseSettings& to);

}  // namespace stemscribe::db
