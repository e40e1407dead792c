// What becomes of announcements when the database is away.
#include <atomic>
#include <thread>

#include "jobs/forwarding_repository_fixture.h"
#include "jobs/worker_fixture.h"

namespace stemscribe::jobs {
namespace {

using WorkerAnnouncementTest = WorkerTest;

/// Cannot be asked for work at first.
class AwayRepository final : public ForwardingRepository {
 public:
  using ForwardingRepository::ForwardingRepository;
  std::optional<Job> Claim(const std::string& owner, Milliseconds lease) override {
    if (++num_claims <= 2) throw Error(ErrorCode::kUnavailable, "the database is away");
    return ForwardingRepository::Claim(owner, lease);
  }
  std::atomic<int> num_claims{0};
};

/// Announces two jobs at once, and then nothing.
class CountingQueue final : public JobQueue {
 public:
  void Announce(const std::string&) override {}
  std::optional<Announcement> Wait(Milliseconds timeout, const std::stop_token&) override {
    if (++num_waits <= 2) return Announcement{.job_id = "x", .receipt = "r"};
    std::this_thread::sleep_for(timeout);
    return std::nullopt;
  }
  void Done(const Announcement&) override { ++num_done; }
  void Reconcile(const QueuedJobs&) override {}
  void CheckHealth() override {}
  std::atomic<int> num_waits{0};
  std::atomic<int> num_done{0};
};

TEST_F(WorkerAnnouncementTest, AnAnnouncementWhoseClaimFailedIsNotKept) {
  const std::string id = Submit("ok");
  AwayRepository away(*repository_);
  CountingQueue queue;
  settings_.poll_interval = Milliseconds(20);
  Worker worker(settings_, away, *store_, queue, events_, *instance_, {});
  worker.Start();
  WaitFor(id, JobStatus::kCompleted);
  EXPECT_EQ(queue.num_done, 2);
}

}  // namespace
}  // namespace stemscribe::jobs
