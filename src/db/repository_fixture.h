// A fresh database for each test, and each test on all databases.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/test_folder.h"
#include "db/postgresql_test_server.h"
#include "db/sql_repository.h"
#include "jobs/manual_clock.h"
#include "jobs/uuid.h"

namespace stemscribe::db {

inline constexpr jobs::Milliseconds kLease = std::chrono::seconds(30);

enum class Backend { kSqlite, kPostgresql };

/// The URL of a new database; with SQLite, of a file in `folder`. Its schema is up to date.
inline std::string NewDatabase(Backend backend, const TestFolder& folder) {
  if (backend == Backend::kPostgresql) return PostgresqlTestServer::Shared().NewDatabase();
  const std::string url = "sqlite:///" + (folder.path() / "test.db").string();
  Migrate(url, jobs::ManualClock());
  return url;
}

inline std::string BackendName(const testing::TestParamInfo<Backend>& info) {
  return info.param == Backend::kSqlite ? "Sqlite" : "Postgresql";
}

/// Runs the TEST_Ps of a fixture on all databases. CMakeLists.txt knows the names.
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): as GoogleTest's own
#define STEMSCRIBE_ON_ALL_DATABASES(Fixture)                                                     \
  INSTANTIATE_TEST_SUITE_P(On, Fixture, testing::Values(Backend::kSqlite, Backend::kPostgresql), \
                           BackendName)

class RepositoryTest : public testing::TestWithParam<Backend> {
 protected:
  RepositoryTest() : settings_{.url = NewDatabase(GetParam(), folder_)} {
    settings_.pool_size = 4;
    Open();
  }

  void Open() { repository_ = std::make_unique<SqlRepository>(settings_, clock_); }

  jobs::NewJob New() const {
    jobs::NewJob job;
    job.id = jobs::NewUuid(clock_.Now());
    job.input_filename = "My Song.mp3";
    job.input_blob = "jobs/" + job.id + "/input/song.mp3";
    job.file_size = 5'242'880;
    job.content_sha256 = "abc";
    job.duration_sec = 180.5;
    return job;
  }

  /// A new queued job, a millisecond after the last.
  jobs::Job Queue(jobs::NewJob job) {
    clock_.Advance(jobs::Milliseconds(1));
    return repository_->Create(job).job;
  }
  jobs::Job Queue() { return Queue(New()); }

  jobs::Job QueueFor(const std::string& owner, int priority = 0) {
    jobs::NewJob job = New();
    job.owner = owner;
    job.priority = priority;
    return Queue(job);
  }

  jobs::Job Claim(const std::string& owner = "host:1") {
    return repository_->Claim(owner, kLease).value();
  }

  static jobs::LeaseKey KeyOf(const jobs::Job& job) {
    return {job.id, job.lease_owner, job.attempt};
  }

  jobs::Job Get(const std::string& id) { return GetJob(*repository_, id); }

  const TestFolder folder_;
  jobs::ManualClock clock_;
  RepositorySettings settings_;
  std::unique_ptr<SqlRepository> repository_;
};

}  // namespace stemscribe::db
