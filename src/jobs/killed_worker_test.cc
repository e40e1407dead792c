// A service that is killed with -9 in the middle of its work.
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "base/sha256.h"
#include "jobs/worker_fixture.h"

namespace stemscribe::jobs {
namespace {

// Kills a whole service, again and again.
class KilledWorkerTest : public WorkerTest {
 protected:
  /// Runs a worker in another process until `condition`, then kills it.
  void RunAndKill(const std::function<bool()>& condition) {
    service_.reset();
    repository_.reset();  // SQLite connections must not cross a fork
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    Open();
    if (pid == 0) {
      const Instance instance(folder_.path() / "instances");
      const auto worker = MakeWorker(instance);
      worker->Start();
      pause();
      _exit(0);
    }
    EXPECT_TRUE(Eventually(condition));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

  void Open() {
    repository_ = db::OpenRepository(
        {.url = "sqlite:///" + (folder_.path() / "jobs.db").string(), .pool_size = 4}, clock_);
    service_ = std::make_unique<JobService>(*repository_, *store_, queue_, events_);
  }
};

TEST_F(KilledWorkerTest, TheNextStartResumesAtOnce) {
  settings_.lease = std::chrono::hours(1);  // nobody waits for that
  const std::string id = Submit("block");
  RunAndKill([&] { return Get(id).progress > 0; });
  EXPECT_EQ(Get(id).status, JobStatus::kProcessing);
  Release(id);
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  const Job job = WaitFor(id, JobStatus::kCompleted);
  EXPECT_EQ(job.attempt, 2);
  EXPECT_EQ(job.tries, 1) << "our death does not count";
  EXPECT_EQ(FilesOf(id).size(), 10u);
  worker->Stop(Milliseconds(0));
  EXPECT_TRUE(ScratchIsEmpty());
}

// Whatever the moment: no job is lost, none is published in part, and no file is left over.
TEST_F(KilledWorkerTest, KillsAtRandomMomentsLoseNothing) {
  constexpr int kNumKills = 10;
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  settings_.lease = std::chrono::hours(1);
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(Submit("slow"));
  for (int i = 0; i < kNumKills; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const Milliseconds life(std::uniform_int_distribution<int>(30, 400)(random));
    RunAndKill([&] { return std::chrono::steady_clock::now() - start >= life; });
  }
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  for (const std::string& id : ids) {
    WaitFor(id, JobStatus::kCompleted);
    const JobResult result = ResultFromJson(repository_->FindResult(id).value());
    EXPECT_EQ(result.artefacts.size(), 10u);
    for (const Artefact& artefact : result.artefacts) {
      const auto file = store_->LocalPath(ArtefactBlob(id, artefact.path));
      ASSERT_TRUE(file) << artefact.path;
      EXPECT_EQ(Sha256HexOfFile(*file), artefact.sha256) << artefact.path;
    }
    EXPECT_EQ(FilesOf(id).size(), 10u);
    EXPECT_THAT(store_->ListFolders(JobPrefix(id)),
                testing::UnorderedElementsAre("input", "separated", "transcription", "chords"));
  }
  worker->Stop(Milliseconds(0));
  EXPECT_THAT(store_->ListFolders("jobs"), testing::UnorderedElementsAreArray(ids));
  EXPECT_TRUE(ScratchIsEmpty());
  store_->RefreshUsage();
  store_->SweepTemporary(std::chrono::hours(1), std::chrono::hours(1), /*dry_run=*/false);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "storage" / ".tmp"));
}

}  // namespace
}  // namespace stemscribe::jobs
