#include "db/copy_tables.h"

#include <gtest/gtest.h>

#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

using jobs::JobStatus;

/// From SQLite to each database, and back.
class CopyTablesTest : public RepositoryTest {
 protected:
  const TestFolder source_folder_;
  const std::string source_url_ = NewDatabase(Backend::kSqlite, source_folder_);
  SqlRepository source_{{.url = source_url_}, clock_};
};

STEMSCRIBE_ON_ALL_DATABASES(CopyTablesTest);

TEST_P(CopyTablesTest, RowsArriveOnceAndAsTheyWere) {
  jobs::NewJob wanted = New();
  wanted.input_filename = "Süß 'quoted'.mp3";
  wanted.callback_url = "https://example.org/";
  wanted.owner = "a";
  const jobs::Job queued = source_.Create(wanted).job;
  clock_.Advance(jobs::Milliseconds(1));
  const jobs::Job other = source_.Create(New()).job;
  const jobs::LeaseKey key = KeyOf(source_.Claim("host:1", kLease).value());
  source_.UpdateProgress(key, {jobs::JobStage::kSeparation, 10, 1.25});
  ASSERT_TRUE(source_.Decide(key, R"({"tempo": 120.5})"));
  ASSERT_TRUE(source_.Finish(key.job_id, key.attempt));

  const auto first = CopyTables({.url = source_url_}, {.url = settings_.url});
  EXPECT_EQ(first.at("jobs"), 2);
  EXPECT_EQ(first.at("job_results"), 1);
  for (const jobs::Job& job : {queued, other}) {
    const jobs::Job was = GetJob(source_, job.id);
    const jobs::Job is = Get(job.id);
    EXPECT_EQ(is.status, was.status);
    EXPECT_EQ(is.input_filename, was.input_filename);
    EXPECT_EQ(is.created_at, was.created_at);
    EXPECT_EQ(is.completed_at, was.completed_at);
    EXPECT_EQ(is.duration_sec, was.duration_sec);
    EXPECT_EQ(is.owner, was.owner);
    EXPECT_EQ(is.version, was.version);
    EXPECT_EQ(repository_->FindResult(job.id), source_.FindResult(job.id));
  }
  EXPECT_EQ(repository_->TakeDueWebhooks(5, kLease, {}).size(),
            source_.TakeDueWebhooks(5, kLease, {}).size());
}

TEST_P(CopyTablesTest, RowsComeBackAsTheyWere) {
  const jobs::Job job = repository_->Create(New()).job;
  const jobs::LeaseKey key = KeyOf(repository_->Claim("host:1", kLease).value());
  ASSERT_TRUE(repository_->Decide(key, R"({"tempo": 120.5})"));
  ASSERT_TRUE(repository_->Finish(key.job_id, key.attempt));
  const auto copied = CopyTables({.url = settings_.url}, {.url = source_url_});
  EXPECT_EQ(copied.at("jobs"), 1);
  EXPECT_EQ(copied.at("job_results"), 1);
  const jobs::Job was = Get(job.id);
  const jobs::Job is = GetJob(source_, job.id);
  EXPECT_EQ(is.status, JobStatus::kCompleted);
  EXPECT_EQ(is.created_at, was.created_at);
  EXPECT_EQ(is.completed_at, was.completed_at);
  EXPECT_EQ(is.duration_sec, was.duration_sec);
  EXPECT_EQ(source_.FindResult(job.id), repository_->FindResult(job.id));
}

TEST_P(CopyTablesTest, ASecondRunAddsOnlyWhatIsNew) {
  source_.Create(New());
  CopyTables({.url = source_url_}, {.url = settings_.url});
  EXPECT_EQ(CopyTables({.url = source_url_}, {.url = settings_.url}).at("jobs"), 0);
  clock_.Advance(jobs::Milliseconds(1));
  source_.Create(New());
  EXPECT_EQ(CopyTables({.url = source_url_}, {.url = settings_.url}).at("jobs"), 1);
}

}  // namespace
}  // namespace stemscribe::db
