// What the databases and the queue bear: claims, status look-ups and announcements a second, from
// several threads at once. The servers are those of the tests, on this machine.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "db/postgresql_test_server.h"
#include "db/repository.h"
#include "jobs/uuid.h"
#include "queue/redis_queue.h"
#include "queue/redis_test_server.h"

namespace stemscribe {
namespace {

constexpr int kMaxThreads = 16;
constexpr jobs::Milliseconds kLease = std::chrono::hours(1);

enum Backend { kSqlite, kPostgresql };

/// A repository with jobs enough for all claims of a run; one for each backend.
class Jobs {
 public:
  explicit Jobs(Backend backend)
      : repository_(db::OpenRepository({.url = UrlOf(backend), .pool_size = kMaxThreads}, clock_)) {
  }

  jobs::JobRepository& repository() { return *repository_; }

  std::string Add() {
    jobs::NewJob job;
    job.id = jobs::NewUuid(clock_.Now());
    job.input_filename = "song.mp3";
    job.input_blob = "jobs/" + job.id + "/input/song.mp3";
    return repository_->Create(job).job.id;
  }

  static Jobs& Of(Backend backend) {
    static Jobs sqlite(kSqlite);
    static Jobs postgresql(kPostgresql);
    return backend == kSqlite ? sqlite : postgresql;
  }

 private:
  std::string UrlOf(Backend backend) const {
    if (backend == kSqlite) return "sqlite:///" + (folder_.path() / "jobs.db").string();
    static db::PostgresqlTestServer server(/*waits_for_disk=*/true);
    return server.NewDatabase();
  }

  const jobs::TestFolder folder_;
  const jobs::SystemClock clock_;
  const std::unique_ptr<db::Repository> repository_;
};

void OnEachBackend(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("postgresql")->Arg(kSqlite)->Arg(kPostgresql);
}

void OnManyThreads(benchmark::internal::Benchmark* benchmark) {
  for (const int count : {1, 4, kMaxThreads}) benchmark->Threads(count);
  benchmark->UseRealTime();
}

/// All that the database does for one job: it is made, claimed, decided, finished.
void WholeJob(benchmark::State& state) {
  Jobs& all = Jobs::Of(static_cast<Backend>(state.range(0)));
  const std::string owner = "worker-" + std::to_string(state.thread_index());
  for (auto _ : state) {
    all.Add();
    const auto job = all.repository().Claim(owner, kLease);
    if (!job) continue;  // another thread took it, and leaves one for us
    all.repository().Decide({job->id, owner, job->attempt}, "{}");
    all.repository().Finish(job->id, job->attempt);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(WholeJob)->Apply(OnEachBackend)->Apply(OnManyThreads);

void Claim(benchmark::State& state) {
  Jobs& all = Jobs::Of(static_cast<Backend>(state.range(0)));
  const std::string owner = "worker-" + std::to_string(state.thread_index());
  int64_t claimed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    all.Add();
    state.ResumeTiming();
    claimed += all.repository().Claim(owner, kLease) ? 1 : 0;
  }
  state.SetItemsProcessed(claimed);
}
BENCHMARK(Claim)->Apply(OnEachBackend)->UseRealTime();

void Status(benchmark::State& state) {
  Jobs& all = Jobs::Of(static_cast<Backend>(state.range(0)));
  const std::string id = all.Add();
  for (auto _ : state) benchmark::DoNotOptimize(all.repository().Find(id));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Status)->Apply(OnEachBackend)->Apply(OnManyThreads);

/// One message: written, taken by the group, acknowledged.
void Announcement(benchmark::State& state) {
  static queue::RedisTestServer server;
  static queue::RedisQueue queue({.redis = server.Settings(), .consumer = "bench"});
  for (auto _ : state) {
    queue.Announce("job");
    if (const auto taken = queue.Wait(std::chrono::seconds(1), {})) queue.Done(*taken);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Announcement)->Apply(OnManyThreads);

}  // namespace
}  // namespace stemscribe
