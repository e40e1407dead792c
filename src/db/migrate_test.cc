#include "db/migrate.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "base/error.h"
#include "db/connection_pool.h"
#include "db/query.h"
#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

class MigrateTest : public testing::TestWithParam<Backend> {
 protected:
  /// A database with nothing in it.
  std::string EmptyDatabase() const {
    if (GetParam() == Backend::kSqlite) {
      return "sqlite:///" + (folder_.path() / "deep" / "test.db").string();
    }
    const std::string url = PostgresqlTestServer::Shared().NewDatabase();
    ConnectionPool({.url = url}, 1).Write([](soci::session& session) {
      Execute(session, "DROP SCHEMA public CASCADE");
      Execute(session, "CREATE SCHEMA public");
    });
    return url;
  }

  void Run(const std::string& sql) {
    ConnectionPool({.url = url_}, 1).Write([&](soci::session& session) { Execute(session, sql); });
  }

  const TestFolder folder_;
  const std::string url_ = EmptyDatabase();
  jobs::ManualClock clock_;
};

TEST_P(MigrateTest, AppliesEachMigrationOnceAndShowsIt) {
  for (const MigrationStatus& status : MigrationState(url_)) {
    EXPECT_EQ(status.applied_at, std::nullopt);
  }
  EXPECT_GT(MadeAt(url_), clock_.Now()) << "it is not made yet";
  const std::vector<MigrationStatus> applied = Migrate(url_, clock_);
  EXPECT_EQ(MadeAt(url_), clock_.Now());
  ASSERT_FALSE(applied.empty());
  EXPECT_EQ(applied[0].number, 1);
  EXPECT_EQ(applied[0].name, "0001_jobs");
  EXPECT_EQ(applied[0].sha256.size(), 64u);
  EXPECT_TRUE(Migrate(url_, clock_).empty());
  for (const MigrationStatus& status : MigrationState(url_)) {
    EXPECT_EQ(status.applied_at, clock_.Now());
  }
}

TEST_P(MigrateTest, AChangedMigrationIsRefused) {
  Migrate(url_, clock_);
  Run("UPDATE schema_migrations SET sha256 = 'other' WHERE number = 1");
  EXPECT_THROW(Migrate(url_, clock_), Error);
  EXPECT_THROW(MigrationState(url_), Error);
}

TEST_P(MigrateTest, ADatabaseOfANewerProgramIsRefused) {
  Migrate(url_, clock_);
  Run("INSERT INTO schema_migrations (number, name, sha256, applied_at) "
      "VALUES (999, '0999_future', 'x', 0)");
  try {
    Migrate(url_, clock_);
    FAIL() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConflict);
    EXPECT_THAT(error.what(), testing::HasSubstr("0999_future"));
  }
}

TEST_P(MigrateTest, ThreadsAtOnceMigrateOnce) {
  std::atomic<size_t> num_applied{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { num_applied += Migrate(url_, clock_).size(); });
    }
  }
  EXPECT_EQ(num_applied, MigrationState(url_).size());
}

TEST_P(MigrateTest, ProcessesAtOnceMigrateOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      int exit_code = 100;
      try {
        exit_code = static_cast<int>(Migrate(url_, clock_).size());
      } catch (const std::exception&) {
      }
      _exit(exit_code);
    }
    children.push_back(pid);
  }
  size_t num_applied = 0;
  for (const pid_t pid : children) {
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFEXITED(status));
    num_applied += static_cast<size_t>(WEXITSTATUS(status));
  }
  EXPECT_EQ(num_applied, MigrationState(url_).size());
}

STEMSCRIBE_ON_ALL_DATABASES(MigrateTest);

}  // namespace
}  // namespace stemscribe::db
