#include "jobs/sweeper.h"
#include "jobs/uuid.h"

#include "jobs/forwarding_repository_fixture.h"
#include "jobs/forwarding_store_fixture.h"
#include "jobs/partial_upload.h"
#include "jobs/worker_fixture.h"

namespace stemscribe::jobs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SweeperTest : public WorkerTest {
 protected:
  void MakeOld(const std::filesystem::path& path) {
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  }

  void Write(const std::string& name, size_t bytes) {
    const auto writer = store_->Create(name, 0);
    writer->Write(std::vector<std::byte>(bytes));
    writer->Commit();
  }
};

TEST_F(SweeperTest, ExpiredJobsGoWithTheirFiles) {
  const std::string ended = Submit("ok");
  const std::string waiting = Submit("ok");
  service_->Cancel(ended);
  EXPECT_TRUE(
      Eventually([&] { return clock_.Now() > *Get(ended).completed_at + Milliseconds(1); }));
  const auto sweeper = MakeSweeper({.retention = Milliseconds(1)});

  const SweepReport dry = sweeper->Sweep(/*dry_run=*/true);
  EXPECT_TRUE(dry.dry_run);
  EXPECT_THAT(dry.expired_jobs, ElementsAre(ended));
  EXPECT_EQ(dry.bytes, 2);
  EXPECT_TRUE(repository_->Find(ended)) << "a dry run changes nothing";

  const SweepReport report = sweeper->Sweep(/*dry_run=*/false);
  EXPECT_EQ(report.expired_jobs, dry.expired_jobs);
  EXPECT_EQ(report.bytes, dry.bytes);
  EXPECT_FALSE(repository_->Find(ended));
  EXPECT_FALSE(std::filesystem::exists(FolderOf(ended)));
  EXPECT_TRUE(repository_->Find(waiting));
  EXPECT_TRUE(std::filesystem::exists(FolderOf(waiting)));
  EXPECT_EQ(store_->Usage().used_bytes, 2);
}

/// Tells of expired jobs what was true a moment ago: meanwhile they are queued again.
class SlowRepository final : public ForwardingRepository {
 public:
  using ForwardingRepository::ForwardingRepository;
  std::vector<Job> JobsEndedBefore(TimePoint time, int limit) override {
    std::vector<Job> jobs = ForwardingRepository::JobsEndedBefore(time, limit);
    for (const Job& job : jobs) ForwardingRepository::Requeue(job.id);
    return jobs;
  }
};

TEST_F(SweeperTest, WhatIsQueuedAgainMeanwhileIsNotExpired) {
  const std::string id = Submit("ok");
  service_->Cancel(id);
  EXPECT_TRUE(Eventually([&] { return clock_.Now() > *Get(id).completed_at + Milliseconds(1); }));
  SlowRepository slow(*repository_);
  Sweeper sweeper({.retention = Milliseconds(1)}, slow, *store_, queue_, events_, *instance_,
                  clock_);
  EXPECT_THAT(sweeper.Sweep(false).expired_jobs, IsEmpty());
  EXPECT_EQ(Get(id).status, JobStatus::kQueued);
  EXPECT_TRUE(store_->Stat(Get(id).input_blob));
}

/// Holds one folder fast.
class HoldingStore final : public ForwardingStore {
 public:
  HoldingStore(BlobStore& real, std::string held) : ForwardingStore(real), held_(std::move(held)) {}
  int64_t DeletePrefix(const std::string& prefix) override {
    if (prefix == held_) throw Error(ErrorCode::kIo, "is locked");
    return ForwardingStore::DeletePrefix(prefix);
  }

 private:
  const std::string held_;
};

TEST_F(SweeperTest, WhatCannotBeDeletedKeepsNothingElseFromIt) {
  const std::string held = NewUuid(clock_.Now());
  const std::string other = NewUuid(clock_.Now());
  for (const std::string& id : {held, other}) {
    Write(InputBlob(id, "a.mp3"), 10);
    MakeOld(*store_->LocalPath(InputBlob(id, "a.mp3")));
    MakeOld(FolderOf(id));
  }
  PartialUpload upload(*store_, "key", NewUuid(clock_.Now()));
  const auto writer = upload.Append(0, 0);
  writer->Write(std::vector<std::byte>(10));
  writer->Commit();
  HoldingStore store(*store_, JobPrefix(held));
  Sweeper sweeper({.upload_grace = Milliseconds(-1000)}, *repository_, store, queue_, events_,
                  *instance_, clock_, {.on_error = NoteErrors(), .on_low = {}});
  const SweepReport report = sweeper.Sweep(false);
  EXPECT_EQ(report.bytes, 20) << "the other orphan and the upload";
  EXPECT_THAT(store_->ListFolders("jobs"), ElementsAre(held));
  EXPECT_THAT(store_->List(std::string(kUploadsFolder)), IsEmpty());
  EXPECT_THAT(errors_, ElementsAre(testing::HasSubstr("is locked")));
}

TEST_F(SweeperTest, WithoutRetentionJobsStayForEver) {
  service_->Cancel(Submit("ok"));
  EXPECT_THAT(MakeSweeper({})->Sweep(false).expired_jobs, IsEmpty());
}

TEST_F(SweeperTest, UploadsThatNobodyGoesOnWithAreRemoved) {
  const auto begin = [&](const std::string& owner) {
    PartialUpload upload(*store_, owner, NewUuid(clock_.Now()));
    const auto writer = upload.Append(0, 0);
    writer->Write(std::vector<std::byte>(10));
    writer->Commit();
    return store_->List(UploadsOf(owner)).back().name;
  };
  const auto folder_of = [](const std::string& blob) { return blob.substr(0, blob.rfind('/')); };
  const std::string old_one = begin("key-1");
  const std::string young = begin("key-2");
  const std::string resumed = begin("key-3");
  MakeOld(*store_->LocalPath(old_one));
  for (const std::string& blob : {old_one, resumed}) {
    MakeOld(store_->LocalPath(blob)->parent_path());
  }
  const auto sweeper = MakeSweeper({.upload_grace = std::chrono::hours(1)});
  EXPECT_THAT(sweeper->Sweep(true).orphans, ElementsAre(folder_of(old_one)));
  EXPECT_EQ(sweeper->Sweep(false).bytes, 10);
  EXPECT_THAT(store_->List(std::string(kUploadsFolder)), testing::SizeIs(2));
  EXPECT_TRUE(store_->Stat(young));
  EXPECT_TRUE(store_->Stat(resumed));
  EXPECT_THAT(MakeSweeper({})->Sweep(false).orphans, IsEmpty());
}

TEST_F(SweeperTest, OldFilesOfNoJobAreOrphansAndYoungOnesAreUploads) {
  const std::string old_orphan = NewUuid(clock_.Now());
  const std::string young = NewUuid(clock_.Now());
  const std::string growing = NewUuid(clock_.Now());
  const std::string job = Submit("ok");
  for (const std::string& id : {old_orphan, young, growing}) Write(InputBlob(id, "a.mp3"), 10);
  MakeOld(*store_->LocalPath(InputBlob(old_orphan, "a.mp3")));
  for (const std::string& id : {old_orphan, growing, job}) MakeOld(FolderOf(id));

  const auto sweeper = MakeSweeper({});
  EXPECT_THAT(sweeper->Sweep(true).orphans, ElementsAre("jobs/" + old_orphan));
  const SweepReport report = sweeper->Sweep(false);
  EXPECT_THAT(report.orphans, ElementsAre("jobs/" + old_orphan));
  EXPECT_EQ(report.bytes, 10);
  EXPECT_THAT(store_->ListFolders("jobs"), UnorderedElementsAre(young, growing, job));
}

TEST_F(SweeperTest, WhatIsOlderThanTheDatabaseIsOfAnotherAndStays) {
  const std::string of_another = NewUuid(clock_.Now());
  Write(InputBlob(of_another, "a.mp3"), 10);
  MakeOld(*store_->LocalPath(InputBlob(of_another, "a.mp3")));
  MakeOld(FolderOf(of_another));
  const auto hours_ago = [&](int hours) { return clock_.Now() - std::chrono::hours(hours); };
  const auto sweeper = MakeSweeper({.database_made_at = hours_ago(1)});
  for (int i = 0; i < 2; ++i) EXPECT_THAT(sweeper->Sweep(false).orphans, IsEmpty());
  EXPECT_THAT(errors_, ElementsAre(testing::HasSubstr("1 folders of jobs are of no job here")));
  EXPECT_THAT(MakeSweeper({.database_made_at = hours_ago(3)})->Sweep(false).orphans,
              ElementsAre("jobs/" + of_another));
}

TEST_F(SweeperTest, OnASingleHostWhatIsOlderThanTheProcessIsAnOrphanAtOnce) {
  const std::string left = NewUuid(clock_.Now());
  Write(InputBlob(left, "a.mp3"), 10);
  const TimePoint written = clock_.Now();
  EXPECT_TRUE(Eventually([&] { return clock_.Now() > written + Milliseconds(50); }));
  instance_ = std::make_unique<Instance>(folder_.path() / "instances");  // a restart
  const std::string young = NewUuid(clock_.Now());
  Write(InputBlob(young, "a.mp3"), 10);
  EXPECT_THAT(MakeSweeper({})->Sweep(false).orphans, IsEmpty());
  {
    const Instance other(folder_.path() / "instances");
    EXPECT_THAT(MakeSweeper({.is_single_host = true})->Sweep(false).orphans, IsEmpty());
  }
  EXPECT_THAT(MakeSweeper({.is_single_host = true})->Sweep(false).orphans,
              ElementsAre("jobs/" + left));
}

TEST_F(SweeperTest, WhatAZombieWroteGoesButNotTheAttemptInWork) {
  const std::string id = Submit("ok");
  const Job job = repository_->Claim("another-host:1", std::chrono::hours(1)).value();
  for (const int64_t attempt : {job.attempt, job.attempt + 7}) {
    Write(AttemptPrefix(id, attempt) + "/x", 10);
  }
  EXPECT_THAT(MakeSweeper({})->Sweep(false).orphans,
              ElementsAre(AttemptPrefix(id, job.attempt + 7)));
  EXPECT_TRUE(store_->Stat(AttemptPrefix(id, job.attempt) + "/x"));
}

TEST_F(SweeperTest, LeftoversOfDeadProcessesGo) {
  std::string dead_id;
  {
    const Instance dead(folder_.path() / "instances");
    dead_id = dead.id();
  }
  folder_.Write("storage/scratch/" + dead_id + "/job-1/out/big", "12345");
  folder_.Write("storage/scratch/" + instance_->id() + "/job-2/out/big", "12345");
  const auto temp = folder_.Write("storage/.tmp/write-dead", "123");
  const auto upload = store_->Create(InputBlob(NewUuid(clock_.Now()), "a.mp3"), 0);
  const SweepReport report = MakeSweeper({})->Sweep(false);
  EXPECT_THAT(report.orphans, UnorderedElementsAre("scratch/" + dead_id, ".tmp/write-dead"));
  EXPECT_EQ(report.bytes, 8);
  EXPECT_FALSE(std::filesystem::exists(temp));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "storage/scratch" / instance_->id()));
}

TEST_F(SweeperTest, OfManyProcessesOneSweepsAtATime) {
  const std::string ended = Submit("ok");
  service_->Cancel(ended);
  const Milliseconds turn(300);
  ASSERT_TRUE(repository_->TakeTurn("sweep", "another-host:1", turn));
  const TimePoint end = clock_.Now() + turn;
  const auto sweeper = MakeSweeper({.retention = Milliseconds(1),
                                    .lease_interval = Milliseconds(5),
                                    .sweep_interval = Milliseconds(1)});
  sweeper->Start();
  EXPECT_TRUE(Eventually([&] { return !repository_->Find(ended); }));
  EXPECT_GE(clock_.Now(), end - Milliseconds(5)) << "it was another's turn";
  sweeper->Stop();
}

TEST_F(SweeperTest, OnItsThreadItRecoversAndAnnounces) {
  const std::string id = Submit("ok");
  {
    const Instance dead(folder_.path() / "instances");
    repository_->Claim(dead.id(), std::chrono::hours(1));
  }
  while (queue_.Wait(Milliseconds(0), {})) {
  }
  const auto sweeper = MakeSweeper({});
  sweeper->Start();
  const auto announcement = queue_.Wait(std::chrono::seconds(60), {});
  ASSERT_TRUE(announcement);
  EXPECT_EQ(announcement->job_id, id);
  EXPECT_EQ(Get(id).status, JobStatus::kQueued);
  sweeper->Stop();
}

}  // namespace
}  // namespace stemscribe::jobs
