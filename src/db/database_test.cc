#include "db/database.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "db/sqlite_database.h"

namespace stemscribe::db {
namespace {

TEST(DatabaseTest, UrlsWeDoNotKnowAreRefusedByName) {
  for (const char* url :
       {"", "api.db", "sqlite:///", "mysql://host/db", "sqlite:///a\"b",
        "postgresql://user:hush@host:port/db", "postgresql://u:hush@h/d?what=1"}) {
    try {
      MakeDatabase({.url = url});
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      ASSERT_EQ(error.details().size(), 1u);
      EXPECT_EQ(error.details()[0].field, "DATABASE_URL");
      EXPECT_THAT(error.what() + error.details()[0].message, Not(testing::HasSubstr("hush")));
    }
  }
  EXPECT_EQ(SqliteFile("sqlite:///./api.db"), "./api.db");
  EXPECT_EQ(SqliteFile("sqlite:////var/lib/a.db"), "/var/lib/a.db");
}

TEST(DatabaseTest, OthersCanUsePostgresqlAlone) {
  EXPECT_TRUE(IsShared("postgresql://user@host/db"));
  EXPECT_TRUE(IsShared("postgres:///db"));
  EXPECT_FALSE(IsShared("sqlite:///api.db"));
}

}  // namespace
}  // namespace stemscribe::db
