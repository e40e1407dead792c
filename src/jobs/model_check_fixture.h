// For the model check: all orders of the calls of two workers, the sweeper and a user who works on
// one job, with crashes, lost answers and leases that run out at any point. Each state is looked at
// once; what is seen is checked after every step.
#pragma once

#include <fmt/ranges.h>

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/sha256.h"
#include "base/test_folder.h"
#include "db/migrate.h"
#include "db/query.h"
#include "db/sql_repository.h"
#include "jobs/job_endings.h"
#include "jobs/job_files.h"
#include "jobs/manual_clock.h"
#include "jobs/model_parts_fixture.h"
#include "jobs/recovery.h"
#include "queue/local_queue.h"

namespace stemscribe::jobs {

inline constexpr std::array kModelStages = {JobStage::kChords, JobStage::kTranscription};
inline constexpr size_t kModelDigestChars = 30;  // 120 bits
inline constexpr Milliseconds kModelLease = std::chrono::seconds(30);

/// How often each thing may happen on one way through the model.
struct ModelLimits {
  int claims = 1;      // of each of the two workers
  int recoveries = 1;  // of the sweeper
  int crashes = 0;     // of workers or the sweeper
  int bad_luck = 0;    // answers that are lost, tools that fail
  int expiries = 1;    // the lease that is held runs out
  enum class User { kNone, kCancels, kDeletes } user = User::kCancels;
  bool is_bucket = false;
  int num_stages = 1;
};

struct ModelReport {
  int64_t states = 0;
  int64_t steps = 0;
  std::set<std::string> ends{};    // states of the job when nothing is left to do
  std::string violation{};         // empty: none
  std::vector<std::string> way{};  // the steps to it
};

class ModelCheck {
 public:
  explicit ModelCheck(const ModelLimits& limits, Mutation mutation = Mutation::kNone);

  ModelReport Run();

 private:
  enum Actor { kWorkerA, kWorkerB, kSweeper, kUser, kNumActors };

  struct ActorState {
    int runs_left = 0;
    int lives = 1;  // a crashed one comes back as another
    std::vector<ModelCall> calls{};
  };

  struct Way {
    std::string step;
    std::shared_ptr<const Way> before;
  };

  struct State {
    std::string rows{};        // of the database, as SQL that makes them
    std::string shown{};       // what matters of them
    std::optional<Job> job{};  // nullopt: deleted
    std::string result{};
    ModelFiles files{};
    std::vector<int64_t> decided{};
    std::array<ActorState, kNumActors> actors{};
    int crashes = 0;
    int bad_luck = 0;
    int expiries = 0;
    std::shared_ptr<const Way> way{};
  };

  State First();
  std::string KeyOf(const State& state) const;
  void Load(const State& state);
  void Save(State& state);
  ModelProcess::Outcome StepIn(State& state, size_t actor, ModelProcess::Luck luck);
  void Reach(State after, const State& before, const std::string& step);
  bool Expand(const State& state);
  void Settle(State state);
  std::string FaultOf(const State& before, const State& after) const;
  std::string FaultOfResult(const State& state) const;

  void Work(ModelProcess& process, const std::string& owner);
  void Use();
  void RunActor(ModelProcess& process, size_t actor, int lives);

  const ModelLimits limits_;
  const Mutation mutation_;
  const TestFolder folder_;
  const std::string url_ = "sqlite:///" + (folder_.path() / "model.db").string();
  ManualClock clock_;
  const std::vector<db::MigrationStatus> schema_ = db::Migrate(url_, clock_);
  db::SqlRepository real_;
  ModelRepository repository_;
  ModelStore store_;
  queue::LocalQueue queue_;
  LocalEventBus events_;
  const Instance instance_{folder_.path() / "instances"};
  const JobParts parts_{repository_, store_, queue_, events_, instance_};
  const std::string id_ = "01900000-0000-7000-8000-000000000000";
  std::string row_to_sql_;  // a query that gives the statement which makes the row again
  std::string loaded_;      // what the database holds

  std::unordered_set<std::string> seen_;
  std::vector<State> open_;
  ModelReport report_;
};

inline ModelCheck::ModelCheck(const ModelLimits& limits, Mutation mutation)
    : limits_(limits),
      mutation_(mutation),
      real_({.url = url_, .pool_size = 1}, clock_),
      repository_(real_, mutation),
      store_(limits.is_bucket) {
  real_.pool().Read([&](soci::session& session) {
    db::Execute(session, "PRAGMA synchronous = OFF");  // the database is written anew all the time
    const auto columns = db::QueryTexts(session, "SELECT name FROM pragma_table_info('jobs')");
    row_to_sql_ = fmt::format("SELECT 'INSERT INTO jobs VALUES (' || {} || ')' FROM jobs",
                              fmt::format("quote({})", fmt::join(columns, ") || ',' || quote(")));
  });
}

inline ModelCheck::State ModelCheck::First() {
  NewJob job;
  job.id = id_;
  job.options.stages.assign(kModelStages.begin(), kModelStages.begin() + limits_.num_stages);
  real_.Create(job);
  State state;
  state.actors[kWorkerA].runs_left = limits_.claims;
  state.actors[kWorkerB].runs_left = limits_.claims;
  state.actors[kSweeper].runs_left = limits_.recoveries;
  state.actors[kUser].runs_left = limits_.user == ModelLimits::User::kNone ? 0 : 1;
  Save(state);
  return state;
}

/// Without the row's version: nothing but the transaction that read it depends on it. A digest, as
/// there are millions of them.
inline std::string ModelCheck::KeyOf(const State& state) const {
  std::string key = fmt::format("{};{};{};{};{};{};{}", state.shown, state.result, state.files,
                                state.decided, state.crashes, state.bad_luck, state.expiries);
  for (const ActorState& actor : state.actors) {
    key += fmt::format("|{},{}", actor.runs_left, actor.lives);
    for (const ModelCall& call : actor.calls) key += "," + call.text;
  }
  Sha256 digest;
  digest.Update(std::as_bytes(std::span(key)));
  return digest.FinishHex().substr(0, kModelDigestChars);
}

inline void ModelCheck::Load(const State& state) {
  const TimePoint time = ManualClock().Now() + (kModelLease + Milliseconds(1)) * state.expiries;
  clock_.Advance(std::chrono::duration_cast<Milliseconds>(time - clock_.Now()));
  if (loaded_ == state.rows + state.result) return;
  real_.pool().Write([&](soci::session& session) {
    db::Execute(session, "DELETE FROM jobs");  // and its result
    if (!state.rows.empty()) db::Execute(session, state.rows);
    if (!state.result.empty()) {
      db::Execute(session, "INSERT INTO job_results (job_id, result) VALUES (:id, :result)",
                  db::Params().Text("id", id_).Text("result", state.result));
    }
  });
  loaded_ = state.rows + state.result;
}

inline void ModelCheck::Save(State& state) {
  const auto first = [](std::vector<std::string> texts) {
    return texts.empty() ? std::string() : std::move(texts.front());
  };
  real_.pool().Read([&](soci::session& session) {
    state.rows = first(db::QueryTexts(session, row_to_sql_));
    state.result = first(db::QueryTexts(session, "SELECT result FROM job_results"));
    state.shown = first(db::QueryTexts(
        session,
        "SELECT status || publishing || cancel_requested || deleting || ' ' || attempt || ' ' || "
        "tries || ' ' || lease_owner || coalesce(lease_expires_at, '') FROM jobs"));
  });
  state.job = real_.Find(id_);
  loaded_ = state.rows + state.result;
}

}  // namespace stemscribe::jobs
