// Creating, finding and listing.
#include "db/sql_repository.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

using jobs::Job;
using jobs::JobStatus;
using testing::ElementsAre;

ErrorCode CodeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInternal;
}

std::vector<std::string> Ids(const std::vector<Job>& all) {
  std::vector<std::string> ids;
  for (const Job& job : all) ids.push_back(job.id);
  return ids;
}

TEST_F(RepositoryTest, AStoredJobComesBackAsItWas) {
  jobs::NewJob wanted = New();
  wanted.name = "Grüße, \"quoted\"; DROP TABLE jobs";
  wanted.options = {.stages = {jobs::JobStage::kChords},
                    .stem_format = "flac",
                    .bitrate_kbps = 320,
                    .chord_vocabulary = "full"};
  wanted.callback_url = "https://example.org/hook";
  wanted.priority = -2;
  const Job created = repository_->Create(wanted).job;
  const Job job = Get(wanted.id);
  EXPECT_EQ(job.id, created.id);
  EXPECT_EQ(job.status, JobStatus::kQueued);
  EXPECT_EQ(job.stage, std::nullopt);
  EXPECT_EQ(job.progress, 0);
  EXPECT_EQ(job.created_at, clock_.Now());
  EXPECT_EQ(job.started_at, std::nullopt);
  EXPECT_EQ(job.completed_at, std::nullopt);
  EXPECT_EQ(job.input_filename, "My Song.mp3");
  EXPECT_EQ(job.input_blob, wanted.input_blob);
  EXPECT_EQ(job.file_size, 5'242'880);
  EXPECT_EQ(job.duration_sec, 180.5);
  EXPECT_EQ(job.name, wanted.name);
  EXPECT_EQ(job.options, wanted.options);
  EXPECT_EQ(job.callback_url, wanted.callback_url);
  EXPECT_EQ(job.priority, -2);
  EXPECT_EQ(job.version, 1);
}

TEST_F(RepositoryTest, AnUnknownJobIsNotFound) {
  const std::string id = jobs::NewUuid(clock_.Now());
  EXPECT_FALSE(repository_->Find(id));
  EXPECT_EQ(CodeOf([&] { Get(id); }), ErrorCode::kJobNotFound);
  EXPECT_EQ(CodeOf([&] { repository_->RequestCancel(id); }), ErrorCode::kJobNotFound);
}

TEST_F(RepositoryTest, AnIdempotencyKeyGivesTheEarlierJobForTheSameRequestOnly) {
  jobs::NewJob first = New();
  first.idempotency_key = "key-1";
  first.fingerprint = "request A";
  ASSERT_TRUE(repository_->Create(first).created);

  jobs::NewJob again = New();
  again.idempotency_key = "key-1";
  again.fingerprint = "request A";
  const jobs::CreateResult repeated = repository_->Create(again);
  EXPECT_FALSE(repeated.created);
  EXPECT_EQ(repeated.job.id, first.id);

  again.fingerprint = "request B";
  EXPECT_EQ(CodeOf([&] { repository_->Create(again); }), ErrorCode::kConflict);

  again.owner = "somebody else";
  EXPECT_TRUE(repository_->Create(again).created);
  EXPECT_EQ(repository_->FindByIdempotencyKey("", "key-1")->id, first.id);
  EXPECT_FALSE(repository_->FindByIdempotencyKey("", ""));
  EXPECT_TRUE(repository_->Create(New()).created) << "no key is no key, twice";
  EXPECT_TRUE(repository_->Create(New()).created);
}

TEST_F(RepositoryTest, ADeletedJobFreesItsIdempotencyKey) {
  jobs::NewJob job = New();
  job.idempotency_key = "key";
  repository_->Create(job);
  repository_->MarkDeleting(job.id);
  job.id = jobs::NewUuid(clock_.Now());
  EXPECT_TRUE(repository_->Create(job).created);
}

TEST_F(RepositoryTest, PagesShowEveryJobOnceNewestFirst) {
  std::vector<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    // Several jobs of the same millisecond: the id decides.
    expected.push_back((i % 5 == 0 ? Queue() : repository_->Create(New()).job).id);
  }
  std::vector<std::string> seen;
  std::vector<std::pair<jobs::TimePoint, std::string>> order;
  std::string cursor;
  int num_pages = 0;
  do {
    const jobs::JobPage page = repository_->List({}, 10, cursor);
    for (const Job& job : page.jobs) {
      seen.push_back(job.id);
      order.emplace_back(job.created_at, job.id);
    }
    cursor = page.next_cursor;
    ++num_pages;
  } while (!cursor.empty());
  EXPECT_EQ(num_pages, 3);
  ASSERT_EQ(seen.size(), expected.size());
  EXPECT_EQ(std::set(seen.begin(), seen.end()), std::set(expected.begin(), expected.end()));
  EXPECT_TRUE(std::is_sorted(order.rbegin(), order.rend()));
}

TEST_F(RepositoryTest, ListsAreFilteredByStatusTimeAndOwner) {
  const Job first = Queue();
  const Job claimed = Claim();
  ASSERT_EQ(claimed.id, first.id);
  const Job second = Queue();
  jobs::NewJob other = New();
  other.owner = "key-7";
  const Job third = Queue(other);
  const Job cancelled = repository_->RequestCancel(Queue().id);

  const auto list = [&](const jobs::JobFilter& filter) {
    return Ids(repository_->List(filter, 10, "").jobs);
  };
  EXPECT_THAT(list({}), ElementsAre(cancelled.id, third.id, second.id, first.id));
  EXPECT_THAT(list({.statuses = {JobStatus::kQueued},
                    .created_after = {},
                    .created_before = {},
                    .owner = {}}),
              ElementsAre(third.id, second.id));
  EXPECT_THAT(
      list({.statuses = {JobStatus::kCancelled, JobStatus::kProcessing, JobStatus::kCancelled},
            .created_after = {},
            .created_before = {},
            .owner = {}}),
      ElementsAre(cancelled.id, first.id));
  EXPECT_THAT(list({.statuses = {},
                    .created_after = second.created_at,
                    .created_before = cancelled.created_at,
                    .owner = {}}),
              ElementsAre(third.id, second.id));
  EXPECT_THAT(list({.statuses = {}, .created_after = {}, .created_before = {}, .owner = "key-7"}),
              ElementsAre(third.id));
}

TEST_F(RepositoryTest, ACursorThatIsNotOursIsRefused) {
  Queue();
  const std::string id = jobs::NewUuid(clock_.Now());
  for (const std::string& cursor :
       {std::string("x"), std::string("19c."), "19c." + id + " ", "-19C." + id, "0019c." + id,
        "19c'--." + id, id, std::string(300, 'a')}) {
    EXPECT_EQ(CodeOf([&] { repository_->List({}, 10, cursor); }), ErrorCode::kInvalidArgument)
        << cursor;
  }
}

TEST_F(RepositoryTest, QueuePositionsCountPriorityThenAge) {
  const Job old_one = Queue();
  const Job new_one = Queue();
  jobs::NewJob urgent = New();
  urgent.priority = 5;
  const Job urgent_one = Queue(urgent);
  EXPECT_EQ(repository_->QueuePosition(urgent_one.id), 1);
  EXPECT_EQ(repository_->QueuePosition(old_one.id), 2);
  EXPECT_EQ(repository_->QueuePosition(new_one.id), 3);
  EXPECT_EQ(Claim().id, urgent_one.id);
  EXPECT_FALSE(repository_->QueuePosition(urgent_one.id));
  EXPECT_EQ(repository_->QueuePosition(new_one.id), 2);
  EXPECT_THAT(repository_->QueuedJobs(10), ElementsAre(old_one.id, new_one.id));
}

TEST_F(RepositoryTest, CountsNameEveryStatus) {
  Queue();
  Queue();
  Claim();
  const auto counts = repository_->CountByStatus();
  ASSERT_EQ(counts.size(), jobs::kAllStatuses.size());
  EXPECT_EQ(counts.at(JobStatus::kQueued), 1);
  EXPECT_EQ(counts.at(JobStatus::kProcessing), 1);
  EXPECT_EQ(counts.at(JobStatus::kFailed), 0);
}

TEST_F(RepositoryTest, WhatWasCommittedIsThereAfterReopening) {
  const Job job = Queue();
  repository_ = std::make_unique<SqlRepository>(settings_, clock_);
  EXPECT_EQ(Get(job.id).input_filename, job.input_filename);
  repository_->CheckHealth();
}

/// Every statement that the repository makes, seen through SOCI's log.
std::set<std::string> StatementsOf(SqlRepository& repository, const std::function<void()>& use) {
  std::stringstream log;
  repository.pool().LogStatements(&log);
  use();
  repository.pool().LogStatements(nullptr);
  std::set<std::string> statements;
  for (std::string line; std::getline(log, line);) statements.insert(line);
  return statements;
}

TEST_F(RepositoryTest, NoQueryScansATableOrSortsInATemporaryTree) {
  const std::set<std::string> statements = StatementsOf(*repository_, [&] {
    jobs::NewJob keyed = New();
    keyed.idempotency_key = "k";
    keyed.callback_url = "https://example.org";
    Queue(keyed);
    Queue(keyed = [&] {
      auto copy = New();
      copy.idempotency_key = "k";
      return copy;
    }());
    const Job queued = Queue();
    jobs::JobFilter filter;
    for (const bool with_owner : {false, true}) {
      for (const bool with_time : {false, true}) {
        for (const bool with_status : {false, true}) {
          filter.owner = with_owner ? std::optional<std::string>("a") : std::nullopt;
          filter.created_after = with_time ? std::optional(clock_.Now()) : std::nullopt;
          filter.statuses.assign(with_status ? 1 : 0, JobStatus::kQueued);
          repository_->List(filter, 5, "");
        }
      }
    }
    repository_->QueuePosition(queued.id);
    repository_->CountByStatus();
    const jobs::LeaseKey key = KeyOf(Claim());
    repository_->RenewLease(key, kLease);
    repository_->UpdateProgress(key, {jobs::JobStage::kSeparation, 10, 1.0});
    repository_->LeaseOwners();
    repository_->Decide(key, "{}");
    repository_->Finish(key.job_id, key.attempt);
    repository_->FindResult(key.job_id);
    repository_->FindByIdempotencyKey("", "k");
    repository_->TakeDueWebhooks(3, kLease);
    repository_->WebhookDelivered("x");
    repository_->WebhookFailed("x", "y", clock_.Now());
    Claim();
    clock_.Advance(kLease * 2);
    repository_->ReleaseLeases({"host:9"});
    repository_->PublishingJobs({"host:9"});
    repository_->MarkDeleting(queued.id);
    repository_->DeletingJobs();
    repository_->IsDeletable(queued.id);
    repository_->EraseRow(queued.id);
    repository_->JobsEndedBefore(clock_.Now(), 5);
    repository_->Existing({queued.id});
    repository_->QueuedJobs(5);
  });
  int num_explained = 0;
  repository_->pool().Read([&](soci::session& session) {
    for (const std::string& statement : statements) {
      const bool is_query = statement.starts_with("SELECT") || statement.starts_with("UPDATE") ||
                            statement.starts_with("DELETE");
      if (!is_query) continue;
      ++num_explained;
      std::string detail;
      long long number = 0;
      Execute(
          session, "EXPLAIN QUERY PLAN " + statement, {},
          [&](soci::statement& plan) {
            for (int i = 0; i < 3; ++i) plan.exchange(soci::into(number));
            plan.exchange(soci::into(detail));
          },
          [&] {
            EXPECT_FALSE(detail.starts_with("SCAN") && detail != "SCAN CONSTANT ROW")
                << detail << "\n"
                << statement;
            EXPECT_EQ(detail.find("TEMP B-TREE"), std::string::npos) << detail << "\n" << statement;
          });
    }
  });
  EXPECT_GT(num_explained, 25);
}

}  // namespace
}  // namespace stemscribe::db
