// Creating, finding and listing.
#include "db/sql_repository.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/test_error.h"
#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

using jobs::Job;
using jobs::JobStatus;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Ids(const std::vector<Job>& all) {
  std::vector<std::string> ids;
  for (const Job& job : all) ids.push_back(job.id);
  return ids;
}

TEST_P(RepositoryTest, AStoredJobComesBackAsItWas) {
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

TEST_P(RepositoryTest, FindSeesEveryChangeAndKeepsNoTransactionOpen) {
  const std::string one = Queue().id;
  const std::string two = Queue().id;
  for (int i = 1; i <= 20; ++i) {
    EXPECT_EQ(Get(two).id, two);
    EXPECT_EQ(Get(one).version, i);
    repository_->pool().Write([&](soci::session& session) {
      Execute(session, "UPDATE jobs SET version = version + 1 WHERE id = :id",
              Params().Text("id", one));
    });
  }
  // A truncating checkpoint works only while nobody reads: 0 is "not busy".
  const bool is_sqlite = GetParam() == Backend::kSqlite;
  repository_->pool().Read([&](soci::session& session) {
    EXPECT_EQ(QueryInteger(session, is_sqlite ? "PRAGMA wal_checkpoint(TRUNCATE)"
                                              : "SELECT count(*) FROM pg_stat_activity WHERE "
                                                "state LIKE 'idle in%'"),
              0);
  });
}

TEST_P(RepositoryTest, AnUnknownJobIsNotFound) {
  const std::string id = jobs::NewUuid(clock_.Now());
  EXPECT_FALSE(repository_->Find(id));
  EXPECT_EQ(CodeOf([&] { Get(id); }), ErrorCode::kJobNotFound);
  EXPECT_EQ(CodeOf([&] { repository_->RequestCancel(id); }), ErrorCode::kJobNotFound);
}

TEST_P(RepositoryTest, AnIdempotencyKeyGivesTheEarlierJobForTheSameRequestOnly) {
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

TEST_P(RepositoryTest, FindsWhatWasDoneForTheSameSong) {
  const auto complete = [&](const std::string& owner, const std::string& content) {
    jobs::NewJob job = New();
    job.owner = owner;
    job.content_sha256 = content;
    Queue(job);
    const jobs::LeaseKey key = KeyOf(Claim());
    repository_->Decide(key, "{}");
    repository_->Finish(key.job_id, key.attempt);
    return job.id;
  };
  const std::string first = complete("a", "song");
  clock_.Advance(jobs::Milliseconds(10));
  const std::string second = complete("a", "song");
  complete("a", "another song");
  complete("b", "song");
  jobs::NewJob waiting = New();
  waiting.owner = "a";
  waiting.content_sha256 = "song";
  Queue(waiting);

  const auto found = repository_->CompletedOf("a", "song", 5);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].id, second);
  EXPECT_EQ(found[1].id, first);
  EXPECT_EQ(repository_->CompletedOf("a", "song", 1).size(), 1U);
  repository_->MarkDeleting(second);
  EXPECT_EQ(repository_->CompletedOf("a", "song", 5).size(), 1U);
  EXPECT_TRUE(repository_->CompletedOf("c", "song", 5).empty());
}

TEST_P(RepositoryTest, ADeletedJobFreesItsIdempotencyKey) {
  jobs::NewJob job = New();
  job.idempotency_key = "key";
  repository_->Create(job);
  repository_->MarkDeleting(job.id);
  job.id = jobs::NewUuid(clock_.Now());
  EXPECT_TRUE(repository_->Create(job).created);
}

TEST_P(RepositoryTest, PagesShowEveryJobOnceNewestFirst) {
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

TEST_P(RepositoryTest, ListsAreFilteredByStatusTimeAndOwner) {
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

TEST_P(RepositoryTest, ACursorThatIsNotOursIsRefused) {
  Queue();
  const std::string id = jobs::NewUuid(clock_.Now());
  for (const std::string& cursor :
       {std::string("x"), std::string("19c."), "19c." + id + " ", "-19C." + id, "0019c." + id,
        "19c'--." + id, id, std::string(300, 'a')}) {
    EXPECT_EQ(CodeOf([&] { repository_->List({}, 10, cursor); }), ErrorCode::kInvalidArgument)
        << cursor;
  }
}

TEST_P(RepositoryTest, QueuePositionsCountPriorityThenAge) {
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
  EXPECT_THAT(repository_->QueuedJobs(10, ""), ElementsAre(old_one.id, new_one.id));
}

TEST_P(RepositoryTest, QueuedJobsCanBeReadPageByPage) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Queue().id);
  EXPECT_THAT(repository_->QueuedJobs(2, ""), ElementsAre(ids[0], ids[1]));
  Claim();  // the first; and one that was the end of a page
  Claim();
  EXPECT_THAT(repository_->QueuedJobs(2, ids[1]), ElementsAre(ids[2], ids[3]));
  EXPECT_THAT(repository_->QueuedJobs(2, ids[3]), ElementsAre(ids[4]));
  EXPECT_THAT(repository_->QueuedJobs(2, ids[4]), IsEmpty());
}

TEST_P(RepositoryTest, ATurnIsOnesUntilItIsOver) {
  EXPECT_TRUE(repository_->TakeTurn("sweep", "a", kLease));
  EXPECT_FALSE(repository_->TakeTurn("sweep", "b", kLease));
  EXPECT_TRUE(repository_->TakeTurn("other", "b", kLease));
  clock_.Advance(kLease / 2);
  EXPECT_TRUE(repository_->TakeTurn("sweep", "a", kLease)) << "it goes on";
  clock_.Advance(kLease / 2);
  EXPECT_FALSE(repository_->TakeTurn("sweep", "b", kLease));
  clock_.Advance(kLease / 2);
  EXPECT_TRUE(repository_->TakeTurn("sweep", "b", kLease));
  EXPECT_FALSE(repository_->TakeTurn("sweep", "a", kLease));
}

TEST_P(RepositoryTest, CountsNameEveryStatus) {
  Queue();
  Queue();
  Claim();
  const auto counts = repository_->CountByStatus();
  ASSERT_EQ(counts.size(), jobs::kAllStatuses.size());
  EXPECT_EQ(counts.at(JobStatus::kQueued), 1);
  EXPECT_EQ(counts.at(JobStatus::kProcessing), 1);
  EXPECT_EQ(counts.at(JobStatus::kFailed), 0);
}

TEST_P(RepositoryTest, WhatWasCommittedIsThereAfterReopening) {
  const Job job = Queue();
  Open();
  EXPECT_EQ(Get(job.id).input_filename, job.input_filename);
  repository_->CheckHealth();
}

STEMSCRIBE_ON_ALL_DATABASES(RepositoryTest);

}  // namespace
}  // namespace stemscribe::db
