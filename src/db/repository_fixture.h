// A fresh database for each test.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "db/migrate.h"
#include "db/sql_repository.h"
#include "jobs/manual_clock.h"
#include "jobs/uuid.h"

namespace stemscribe::db {

inline constexpr jobs::Milliseconds kLease = std::chrono::seconds(30);

class RepositoryTest : public testing::Test {
 protected:
  RepositoryTest() : settings_{.url = "sqlite:///" + (folder_ / "test.db").string()} {
    settings_.pool_size = 4;
    Migrate(settings_.url, clock_);
    repository_ = std::make_unique<SqlRepository>(settings_, clock_);
  }
  ~RepositoryTest() override {
    repository_.reset();
    std::filesystem::remove_all(folder_);
  }

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

  jobs::Job Claim(const std::string& owner = "host:1") {
    return repository_->Claim(owner, kLease).value();
  }

  static jobs::LeaseKey KeyOf(const jobs::Job& job) {
    return {job.id, job.lease_owner, job.attempt};
  }

  jobs::Job Get(const std::string& id) { return GetJob(*repository_, id); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("stemscribe-db-" + jobs::NewUuid(jobs::SystemClock().Now()));
  jobs::ManualClock clock_;
  RepositorySettings settings_;
  std::unique_ptr<SqlRepository> repository_;
};

}  // namespace stemscribe::db
