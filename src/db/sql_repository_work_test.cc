// Claims, leases, publishing, ends, deletion and webhooks.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

using jobs::Job;
using jobs::JobStage;
using jobs::JobStatus;
using jobs::LeaseState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(RepositoryTest, AClaimCarriesALease) {
  Queue();
  const Job job = Claim("host:7");
  EXPECT_EQ(job.status, JobStatus::kProcessing);
  EXPECT_EQ(job.lease_owner, "host:7");
  EXPECT_EQ(job.lease_expires_at, clock_.Now() + kLease);
  EXPECT_EQ(job.started_at, clock_.Now());
  EXPECT_EQ(job.tries, 1);
  EXPECT_EQ(job.attempt, 1);
  EXPECT_FALSE(repository_->Claim("host:8", kLease));
}

TEST_P(RepositoryTest, ManyClaimersNeverGetTheSameJob) {
  constexpr int kNumJobs = 40;
  for (int i = 0; i < kNumJobs; ++i) Queue();
  std::mutex mutex;
  std::multiset<std::string> claimed;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, owner = "host:" + std::to_string(i)] {
        while (const auto job = repository_->Claim(owner, kLease)) {
          std::lock_guard lock(mutex);
          claimed.insert(job->id);
        }
      });
    }
  }
  EXPECT_EQ(claimed.size(), kNumJobs);
  EXPECT_EQ(std::set(claimed.begin(), claimed.end()).size(), kNumJobs);
}

TEST_P(RepositoryTest, ProgressNeverGoesBackAndNeverShowsTheEndBeforeTheResult) {
  Queue();
  const jobs::LeaseKey key = KeyOf(Claim());
  EXPECT_EQ(repository_->UpdateProgress(key, {JobStage::kTranscription, 40, 12.5})->progress, 40);
  const Job job = repository_->UpdateProgress(key, {JobStage::kSeparation, 20, 10.0}).value();
  EXPECT_EQ(job.progress, 40);
  EXPECT_EQ(job.stage, JobStage::kTranscription);
  EXPECT_EQ(job.seconds_left, 10.0);
  EXPECT_EQ(job.version, 4);
  EXPECT_EQ(repository_->UpdateProgress(key, {JobStage::kChords, 250, std::nullopt})->progress, 99);
}

TEST_P(RepositoryTest, OnlyTheHolderOfTheLeaseCanChangeTheJob) {
  Queue();
  const Job job = Claim("host:1");
  const jobs::LeaseKey key = KeyOf(job);
  for (const jobs::LeaseKey& wrong :
       {jobs::LeaseKey{job.id, "host:2", job.attempt}, jobs::LeaseKey{job.id, "host:1", 2}}) {
    EXPECT_EQ(repository_->RenewLease(wrong, kLease), LeaseState::kLost);
    EXPECT_FALSE(repository_->UpdateProgress(wrong, {}));
    EXPECT_FALSE(repository_->Decide(wrong, "{}"));
    EXPECT_FALSE(repository_->Fail(wrong, {}));
    EXPECT_FALSE(repository_->FinishCancel(wrong));
    EXPECT_FALSE(repository_->ReturnToQueue(wrong));
    EXPECT_FALSE(repository_->Finish(job.id, wrong.attempt));
  }
  EXPECT_EQ(repository_->RenewLease(key, kLease), LeaseState::kHeld);
  EXPECT_FALSE(repository_->FinishCancel(key)) << "nobody asked for it";
}

TEST_P(RepositoryTest, PublishingHasTwoStepsAndTheResultShowsAfterTheSecond) {
  Queue();
  const jobs::LeaseKey key = KeyOf(Claim());
  const Job decided = repository_->Decide(key, R"({"a":1})").value();
  EXPECT_EQ(decided.status, JobStatus::kProcessing);
  EXPECT_TRUE(decided.publishing);
  EXPECT_FALSE(repository_->FindResult(key.job_id));
  EXPECT_FALSE(repository_->Fail(key, {})) << "what is decided stays decided";
  EXPECT_THROW(repository_->RequestCancel(key.job_id), Error);
  const Job finished = repository_->Finish(key.job_id, key.attempt).value();
  EXPECT_EQ(finished.status, JobStatus::kCompleted);
  EXPECT_EQ(finished.progress, 100);
  EXPECT_EQ(finished.stage, std::nullopt);
  EXPECT_EQ(repository_->FindResult(key.job_id), R"({"a":1})");
  EXPECT_EQ(repository_->Finish(key.job_id, key.attempt)->version, finished.version)
      << "again: no change";
}

TEST_P(RepositoryTest, AZombieCannotPublishAfterItsLeaseWentToAnother) {
  Queue();
  const jobs::LeaseKey zombie = KeyOf(Claim("host:1"));
  clock_.Advance(kLease + jobs::Milliseconds(1));
  ASSERT_THAT(repository_->ReleaseLeases({}), SizeIs(1));
  const jobs::LeaseKey second = KeyOf(Claim("host:1"));  // even by the same owner
  EXPECT_FALSE(repository_->Decide(zombie, "zombie"));
  ASSERT_TRUE(repository_->Decide(second, "second"));
  EXPECT_FALSE(repository_->Finish(zombie.job_id, zombie.attempt));
  ASSERT_TRUE(repository_->Finish(second.job_id, second.attempt));
  EXPECT_EQ(repository_->FindResult(second.job_id), "second");
}

TEST_P(RepositoryTest, ADecidedJobIsNotTakenAwayButOfferedForRecovery) {
  Queue();
  const jobs::LeaseKey key = KeyOf(Claim("host:1"));
  repository_->Decide(key, "{}");
  EXPECT_THAT(repository_->PublishingJobs({}), IsEmpty()) << "its worker is alive";
  EXPECT_THAT(repository_->PublishingJobs({"host:1"}), SizeIs(1));
  clock_.Advance(kLease + jobs::Milliseconds(1));
  EXPECT_THAT(repository_->ReleaseLeases({"host:1"}), IsEmpty());
  EXPECT_THAT(repository_->PublishingJobs({"host:1"}), SizeIs(1));
}

TEST_P(RepositoryTest, ALeaseThatRunsOutThreeTimesFailsTheJobWithWhatWasKnown) {
  const std::string id = Queue().id;
  for (int i = 1; i <= 3; ++i) {
    Claim();
    clock_.Advance(kLease + jobs::Milliseconds(1));
    const std::vector<Job> released = repository_->ReleaseLeases({});
    ASSERT_THAT(released, SizeIs(1));
    EXPECT_EQ(released[0].status, i < 3 ? JobStatus::kQueued : JobStatus::kFailed);
  }
  const Job job = Get(id);
  EXPECT_EQ(job.error_code, "processing_failed");
  EXPECT_THAT(job.error_message, HasSubstr("worker was lost"));
  EXPECT_EQ(job.completed_at, clock_.Now());
}

TEST_P(RepositoryTest, OurOwnDeathsDoNotCountAsTriesButEndAtALimit) {
  const std::string id = Queue().id;
  for (int i = 1; i < settings_.max_attempts; ++i) {
    Claim("host:dead");
    ASSERT_THAT(repository_->ReleaseLeases({"host:dead"}), SizeIs(1));
    ASSERT_EQ(Get(id).status, JobStatus::kQueued);
    ASSERT_EQ(Get(id).tries, 0);
  }
  Claim("host:dead");
  repository_->ReleaseLeases({"host:dead"});
  EXPECT_EQ(Get(id).status, JobStatus::kFailed);
}

TEST_P(RepositoryTest, LeasesOfTheLivingStay) {
  Queue();
  const jobs::LeaseKey key = KeyOf(Claim("host:1"));
  EXPECT_THAT(repository_->LeaseOwners(), ElementsAre("host:1"));
  clock_.Advance(kLease / 2);
  EXPECT_EQ(repository_->RenewLease(key, kLease), LeaseState::kHeld);
  clock_.Advance(kLease / 2 + jobs::Milliseconds(1));
  EXPECT_THAT(repository_->ReleaseLeases({"host:2"}), IsEmpty());
}

TEST_P(RepositoryTest, OnlyFailuresThatMayBeOursAreTriedAgain) {
  const std::string id = Queue().id;
  const jobs::JobFailure crash{ErrorCode::kProcessingFailed, "crashed (SIGSEGV)", true};
  EXPECT_EQ(repository_->Fail(KeyOf(Claim()), crash)->status, JobStatus::kQueued);
  EXPECT_EQ(Get(id).error_message, "crashed (SIGSEGV)");
  EXPECT_EQ(repository_->Fail(KeyOf(Claim()), crash)->status, JobStatus::kQueued);
  EXPECT_EQ(repository_->Fail(KeyOf(Claim()), crash)->status, JobStatus::kFailed);

  const std::string bad = Queue().id;
  const jobs::JobFailure bad_input{ErrorCode::kInvalidAudioFile, "no audio", false};
  EXPECT_EQ(repository_->Fail(KeyOf(Claim()), bad_input)->status, JobStatus::kFailed);
  EXPECT_EQ(Get(bad).error_code, "invalid_audio_file");
}

TEST_P(RepositoryTest, ADrainedJobGoesBackUncounted) {
  const std::string id = Queue().id;
  for (int i = 0; i < settings_.max_attempts + 2; ++i) {
    const Job job = Claim();
    repository_->UpdateProgress(KeyOf(job), {JobStage::kSeparation, 20, 1.0});
    ASSERT_EQ(repository_->ReturnToQueue(KeyOf(job))->status, JobStatus::kQueued);
  }
  const Job job = Get(id);
  EXPECT_EQ(job.tries, 0);
  EXPECT_EQ(job.progress, 20) << "nobody sees progress fall";
  EXPECT_EQ(job.lease_owner, "");
  EXPECT_EQ(job.started_at, std::nullopt);
}

TEST_P(RepositoryTest, CancellingActsAtOnceOrTellsTheWorker) {
  const std::string queued = Queue().id;
  EXPECT_EQ(repository_->RequestCancel(queued).status, JobStatus::kCancelled);
  EXPECT_EQ(repository_->RequestCancel(queued).version, 2) << "again: no change";
  EXPECT_FALSE(repository_->Claim("host:1", kLease));

  const std::string running = Queue().id;
  const jobs::LeaseKey key = KeyOf(Claim());
  const Job told = repository_->RequestCancel(running);
  EXPECT_EQ(told.status, JobStatus::kProcessing);
  EXPECT_TRUE(told.cancel_requested);
  EXPECT_EQ(repository_->RenewLease(key, kLease), LeaseState::kCancelRequested);
  EXPECT_TRUE(repository_->UpdateProgress(key, {})->cancel_requested);
  EXPECT_FALSE(repository_->Decide(key, "{}"));
  EXPECT_EQ(repository_->FinishCancel(key)->status, JobStatus::kCancelled);

  const std::string crashed = Queue().id;
  Claim("host:dead");
  repository_->RequestCancel(crashed);
  repository_->ReleaseLeases({"host:dead"});
  EXPECT_EQ(Get(crashed).status, JobStatus::kCancelled);
}

TEST_P(RepositoryTest, ADeletedJobIsHiddenAtOnceAndGoesWhenNobodyHoldsIt) {
  const std::string id = Queue().id;
  const jobs::LeaseKey key = KeyOf(Claim());
  EXPECT_TRUE(repository_->MarkDeleting(id));
  EXPECT_FALSE(repository_->MarkDeleting(id)) << "a second delete finds nothing";
  EXPECT_FALSE(repository_->Find(id));
  EXPECT_THAT(repository_->List({}, 5, "").jobs, IsEmpty());
  EXPECT_THAT(repository_->Existing({id}), ElementsAre(id));
  EXPECT_FALSE(repository_->IsDeletable(id));
  EXPECT_THAT(repository_->DeletingJobs(), IsEmpty());
  EXPECT_EQ(repository_->RenewLease(key, kLease), LeaseState::kCancelRequested);
  repository_->FinishCancel(key);
  EXPECT_TRUE(repository_->IsDeletable(id));
  EXPECT_THAT(repository_->DeletingJobs(), ElementsAre(id));
  repository_->EraseRow(id);
  EXPECT_THAT(repository_->Existing({id}), IsEmpty());
}

TEST_P(RepositoryTest, AnUnmarkedRowIsNotErased) {
  const std::string id = Queue().id;
  repository_->EraseRow(id);
  EXPECT_TRUE(repository_->Find(id));
}

TEST_P(RepositoryTest, TheEndOfAJobQueuesItsWebhookOnce) {
  jobs::NewJob job = New();
  job.callback_url = "https://example.org/hook";
  Queue(job);
  const jobs::LeaseKey key = KeyOf(Claim());
  EXPECT_THAT(repository_->TakeDueWebhooks(10, kLease, {}), IsEmpty());
  repository_->Decide(key, "{}");
  repository_->Finish(key.job_id, key.attempt);
  repository_->Finish(key.job_id, key.attempt);
  EXPECT_THAT(repository_->TakeDueWebhooks(10, kLease, {"x", "example.org"}), IsEmpty()) << "busy";
  const auto due = repository_->TakeDueWebhooks(10, kLease, {});
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].url, job.callback_url);
  EXPECT_EQ(due[0].event, "job.completed");
  EXPECT_THAT(due[0].body, HasSubstr(job.id));
  EXPECT_THAT(repository_->TakeDueWebhooks(10, kLease, {}), IsEmpty()) << "it is held";

  clock_.Advance(kLease);
  ASSERT_THAT(repository_->TakeDueWebhooks(10, kLease, {}), SizeIs(1)) << "its sender died";
  repository_->WebhookFailed(due[0].id, "503", clock_.Now() + jobs::Milliseconds(5));
  EXPECT_THAT(repository_->TakeDueWebhooks(10, kLease, {}), IsEmpty());
  clock_.Advance(jobs::Milliseconds(5));
  EXPECT_EQ(repository_->TakeDueWebhooks(10, jobs::Milliseconds(0), {}).at(0).attempts, 1);
  repository_->WebhookDelivered(due[0].id);
  EXPECT_THAT(repository_->TakeDueWebhooks(10, kLease, {}), IsEmpty());
}

TEST_P(RepositoryTest, ADeletedJobSendsNoWebhook) {
  jobs::NewJob job = New();
  job.callback_url = "https://example.org/hook";
  Queue(job);
  const jobs::LeaseKey key = KeyOf(Claim());
  repository_->MarkDeleting(job.id);
  repository_->FinishCancel(key);
  EXPECT_THAT(repository_->TakeDueWebhooks(10, kLease, {}), IsEmpty());
}

}  // namespace
}  // namespace stemscribe::db
