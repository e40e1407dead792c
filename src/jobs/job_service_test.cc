#include "jobs/job_service.h"

#include "jobs/forwarding_repository_fixture.h"
#include "jobs/worker_fixture.h"

namespace stemscribe::jobs {
namespace {

/// Stores the job, but the news of that is lost; the next answers may be lost, too.
class LossyRepository final : public ForwardingRepository {
 public:
  using ForwardingRepository::ForwardingRepository;

  CreateResult Create(const NewJob& job) override {
    if (is_stored) ForwardingRepository::Create(job);
    throw Error(ErrorCode::kUnavailable, "the connection is gone");
  }
  std::vector<std::string> Existing(const std::vector<std::string>& ids) override {
    if (!answers) throw Error(ErrorCode::kUnavailable, "the connection is still gone");
    return ForwardingRepository::Existing(ids);
  }

  bool is_stored = true;
  bool answers = true;
};

class JobServiceTest : public WorkerTest {
 protected:
  /// The id of a job whose song is stored, and whose acceptance fails.
  std::string SubmitInVain() {
    const std::string id = NewUuid(clock_.Now());
    NewJob job;
    job.id = id;
    job.input_filename = "song.mp3";
    job.input_blob = InputBlob(id, job.input_filename);
    const auto writer = store_->Create(job.input_blob, 0);
    writer->Write(std::as_bytes(std::span("ok", 2)));
    writer->Commit();
    JobService service(lossy_, *store_, queue_, events_);
    EXPECT_THROW(service.Submit(job), Error);
    return id;
  }

  bool HasInput(const std::string& id) {
    return store_->Stat(InputBlob(id, "song.mp3")).has_value();
  }

  LossyRepository lossy_{*repository_};
};

TEST_F(JobServiceTest, ASongWhoseJobWasStoredStaysWhateverTheCallerHeard) {
  const std::string id = SubmitInVain();
  EXPECT_TRUE(HasInput(id));
  const auto worker = MakeWorker(*instance_);
  worker->Start();
  WaitFor(id, JobStatus::kCompleted);
}

TEST_F(JobServiceTest, ASongStaysWhileNobodyKnowsWhetherItHasAJob) {
  lossy_.answers = false;
  EXPECT_TRUE(HasInput(SubmitInVain()));
}

TEST_F(JobServiceTest, ASongWithoutAJobGoes) {
  lossy_.is_stored = false;
  EXPECT_FALSE(HasInput(SubmitInVain()));
}

TEST_F(JobServiceTest, FewDeletionsWaitForWorkers) {
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(Submit("ok"));
  // Held by somebody who hears nothing.
  std::vector<Job> held;
  for (size_t i = 0; i < ids.size(); ++i) {
    held.push_back(*repository_->Claim("deaf", std::chrono::hours(1)));
  }
  std::atomic<int> num_back{0};
  std::vector<std::jthread> callers;
  for (const std::string& id : ids) {
    callers.emplace_back([&, id] {
      service_->Delete(id, std::chrono::seconds(30));
      ++num_back;
    });
  }
  EXPECT_TRUE(Eventually([&] { return num_back == 8; }));
  for (const std::string& id : ids) EXPECT_FALSE(repository_->Find(id));
  for (const Job& job : held) repository_->FinishCancel({job.id, job.lease_owner, job.attempt});
  callers.clear();
  EXPECT_EQ(num_back, 12);
}

}  // namespace
}  // namespace stemscribe::jobs
