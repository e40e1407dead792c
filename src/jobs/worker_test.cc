#include "jobs/worker.h"

#include "jobs/job_endings.h"
#include "jobs/worker_fixture.h"

namespace stemscribe::jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kAllFiles = {
    "chords/chords.json",         "separated/bass.mp3",           "separated/drums.mp3",
    "separated/instrumental.mp3", "separated/other.mp3",          "separated/vocals.mp3",
    "transcription/frames.json",  "transcription/frames.json.gz", "transcription/notes.json",
    "transcription/vocals.mid"};

TEST_F(WorkerTest, AJobIsDoneAndPublishedWhole) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("ok");
  const Job job = WaitFor(id, JobStatus::kCompleted);
  EXPECT_EQ(job.progress, 100);
  EXPECT_TRUE(job.completed_at);
  EXPECT_EQ(FilesOf(id), kAllFiles);
  const JobResult result = ResultFromJson(repository_->FindResult(id).value());
  EXPECT_EQ(result.artefacts.size(), kAllFiles.size());
  EXPECT_EQ(result.metadata.at("tempo_bpm").to_number<double>(), 120);
  const Artefact* vocals = FindArtefact(result.artefacts, "stem", "vocals");
  ASSERT_NE(vocals, nullptr);
  EXPECT_EQ(vocals->bytes, 7);
  EXPECT_EQ(vocals->content_type, "audio/mpeg");
  EXPECT_EQ(ReadText(*store_->LocalPath(ArtefactBlob(id, vocals->path))), "vocals\n");
  worker->Stop(Milliseconds(0));
  EXPECT_TRUE(ScratchIsEmpty());
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(WorkerTest, OnlyTheWantedStagesAreKept) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("ok", {.stages = {JobStage::kChords}});
  WaitFor(id, JobStatus::kCompleted);
  EXPECT_THAT(FilesOf(id), ElementsAre("chords/chords.json"));
}

TEST_F(WorkerTest, WatchersSeeProgressRiseToTheEnd) {
  std::mutex mutex;
  std::vector<Job> seen;
  const std::string id = Submit("ok");
  const auto watch = events_.Subscribe(id, [&](const Job& job) {
    std::lock_guard lock(mutex);
    seen.push_back(job);
  });
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  WaitFor(id, JobStatus::kCompleted);
  worker->Stop(Milliseconds(0));
  ASSERT_GE(seen.size(), 3u);
  for (size_t i = 1; i < seen.size(); ++i) {
    EXPECT_GE(seen[i].progress, seen[i - 1].progress);
    EXPECT_GT(seen[i].version, seen[i - 1].version);
  }
  EXPECT_EQ(seen.back().status, JobStatus::kCompleted);
}

TEST_F(WorkerTest, BadInputFailsAtOnceWithTheReason) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("bad");
  const Job job = WaitFor(id, JobStatus::kFailed);
  EXPECT_EQ(job.error_code, "invalid_audio_file");
  EXPECT_EQ(job.error_message, "there is no sound in it");
  EXPECT_EQ(NumStarts(id), 1);
}

TEST_F(WorkerTest, ACrashIsTriedThreeTimesAndLeavesNothing) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("crash");
  const Job job = WaitFor(id, JobStatus::kFailed);
  EXPECT_THAT(job.error_message, HasSubstr("crashed (SIGSEGV)"));
  EXPECT_EQ(NumStarts(id), 3);
  EXPECT_THAT(FilesOf(id), IsEmpty());
  worker->Stop(Milliseconds(0));
  EXPECT_TRUE(ScratchIsEmpty());
}

TEST_F(WorkerTest, ACrashThatDoesNotRepeatCostsNothing) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("crash-once");
  const Job job = WaitFor(id, JobStatus::kCompleted);
  EXPECT_EQ(job.error_message, "");
  EXPECT_EQ(NumStarts(id), 2);
  EXPECT_EQ(FilesOf(id), kAllFiles);
}

TEST_F(WorkerTest, AnIncompleteResultIsAFailureAndNothingOfItIsKept) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("incomplete");
  const Job job = WaitFor(id, JobStatus::kFailed);
  EXPECT_THAT(job.error_message, HasSubstr("chords.json"));
  EXPECT_THAT(FilesOf(id), IsEmpty());
}

TEST_F(WorkerTest, ARunningJobIsCancelledAtOnceEvenIfItsChildIsDeaf) {
  settings_.lease = std::chrono::hours(1);  // so that only the event can tell the worker
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  for (const char* song : {"block", "deaf"}) {
    const std::string id = Submit(song);
    WaitForProgress(id);
    EXPECT_TRUE(service_->Cancel(id).cancel_requested);
    WaitFor(id, JobStatus::kCancelled);
    EXPECT_THAT(FilesOf(id), IsEmpty());
  }
}

TEST_F(WorkerTest, ACancelFromElsewhereComesWithTheLease) {
  settings_.lease = Milliseconds(300);
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("block");
  WaitForProgress(id);
  repository_->RequestCancel(id);  // no event
  WaitFor(id, JobStatus::kCancelled);
}

TEST_F(WorkerTest, DeletingARunningJobLeavesNeitherRowNorFile) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("block");
  WaitForProgress(id);
  service_->Delete(id, std::chrono::seconds(60));
  EXPECT_FALSE(repository_->Find(id));
  EXPECT_THAT(repository_->Existing({id}), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(FolderOf(id)));
  EXPECT_THROW(service_->Delete(id), Error);
}

TEST_F(WorkerTest, LeasesAreRenewedWhileTheChildWorks) {
  settings_.lease = Milliseconds(600);
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("block");
  WaitForProgress(id);
  const TimePoint first = *Get(id).lease_expires_at;
  EXPECT_TRUE(Eventually([&] { return Get(id).lease_expires_at > first + Milliseconds(600); }));
  Release(id);
  WaitFor(id, JobStatus::kCompleted);
  EXPECT_EQ(NumStarts(id), 1);
}

TEST_F(WorkerTest, StoppingLetsJobsFinishInTheirGrace) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("block");
  WaitForProgress(id);
  std::jthread finisher([&] { Release(id); });
  worker->Stop(std::chrono::seconds(60));
  EXPECT_EQ(Get(id).status, JobStatus::kCompleted);
}

TEST_F(WorkerTest, AfterTheGraceJobsGoBackToTheQueueUncounted) {
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("block");
  WaitForProgress(id);
  worker->Stop(Milliseconds(0));
  const Job job = Get(id);
  EXPECT_EQ(job.status, JobStatus::kQueued);
  EXPECT_EQ(job.tries, 0);
  EXPECT_THAT(FilesOf(id), IsEmpty());
  EXPECT_TRUE(ScratchIsEmpty());

  const auto next = MakeWorker(*instance_);
  next->Start();
  Release(id);
  WaitFor(id, JobStatus::kCompleted);
}

TEST_F(WorkerTest, AZombieWhoseLeaseWentAwayPublishesNothing) {
  settings_.num_slots = 1;
  settings_.lease = std::chrono::hours(1);  // it is not renewed in this test
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const std::string id = Submit("block");
  WaitForProgress(id);
  // As if the lease had run out and another had taken the job.
  const Instance other(folder_.path() / "others");
  ASSERT_EQ(repository_->ReleaseLeases({instance_->id()}).size(), 1u);
  const Job taken = repository_->Claim(other.id(), std::chrono::hours(1)).value();
  Release(id);
  EXPECT_TRUE(Eventually([&] { return worker->num_running() == 0; }));
  EXPECT_THAT(FilesOf(id), IsEmpty()) << "its files are removed";
  const Job job = Get(id);
  EXPECT_EQ(job.status, JobStatus::kProcessing);
  EXPECT_EQ(job.attempt, taken.attempt);
  EXPECT_EQ(job.lease_owner, other.id());
}

// Every point between the steps of publishing at which a process can die.
TEST_F(WorkerTest, ACrashBetweenTheStepsOfPublishingIsFinishedOnce) {
  for (int num_moved = 0; num_moved <= 3; ++num_moved) {
    const std::string id = Submit("ok");
    std::string dead_owner;
    Job job;
    {
      const Instance dead(folder_.path() / "instances");
      job = repository_->Claim(dead.id(), std::chrono::hours(1)).value();
      dead_owner = dead.id();
    }
    const std::string attempt = AttemptPrefix(id, job.attempt);
    for (const std::string_view folder : kResultFolders) {
      const auto writer = store_->Create(fmt::format("{}/{}/file", attempt, folder), 0);
      writer->Commit();
    }
    ASSERT_TRUE(
        repository_->Decide({id, dead_owner, job.attempt}, R"({"artefacts":[],"metadata":{}})"));
    for (int i = 0; i < num_moved; ++i) {
      const std::string folder(kResultFolders[static_cast<size_t>(i)]);
      store_->MoveFolder(attempt + "/" + folder, JobPrefix(id) + "/" + folder);
    }
    RecoverJobs({*repository_, *store_, queue_, events_, *instance_}, {});
    EXPECT_EQ(Get(id).status, JobStatus::kCompleted) << num_moved;
    EXPECT_THAT(FilesOf(id), ElementsAre("chords/file", "separated/file", "transcription/file"));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "storage" / attempt));
  }
}

TEST_F(WorkerTest, ACrashBeforeTheDecisionLeavesNothingOfTheAttempt) {
  const std::string id = Submit("ok");
  {
    const Instance dead(folder_.path() / "instances");
    const Job job = repository_->Claim(dead.id(), std::chrono::hours(1)).value();
    store_->Create(AttemptPrefix(id, job.attempt) + "/separated/vocals.mp3", 0)->Commit();
  }
  RecoverJobs({*repository_, *store_, queue_, events_, *instance_}, {});
  EXPECT_EQ(Get(id).status, JobStatus::kQueued);
  EXPECT_THAT(FilesOf(id), IsEmpty());
}

TEST_F(WorkerTest, AnInterruptedDeletionIsFinished) {
  const std::string id = Submit("ok");
  repository_->MarkDeleting(id);
  RecoverJobs({*repository_, *store_, queue_, events_, *instance_}, {});
  EXPECT_THAT(repository_->Existing({id}), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(FolderOf(id)));
}

TEST_F(WorkerTest, SubmittingTwiceWithOneKeyKeepsOneInput) {
  NewJob job;
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    job.id = NewUuid(clock_.Now());
    job.input_blob = InputBlob(job.id, "a.mp3");
    job.idempotency_key = "key";
    store_->Create(job.input_blob, 0)->Commit();
    ids.push_back(service_->Submit(job).job.id);
  }
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_THAT(store_->ListFolders("jobs"), ElementsAre(ids[0]));
}

}  // namespace
}  // namespace stemscribe::jobs
