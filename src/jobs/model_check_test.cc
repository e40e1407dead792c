#include "jobs/model_check_fixture.h"

#include <gmock/gmock.h>

namespace stemscribe::jobs {
namespace {

using testing::Contains;
using testing::IsSubsetOf;

constexpr int kPatience = 3;

/// As JobRun does.
template <typename Commit>
auto Patiently(Commit&& commit) {
  for (int i = 1;; ++i) {
    try {
      return commit();
    } catch (const Error& error) {
      if (i == kPatience || error.code() != ErrorCode::kUnavailable) throw;
    }
  }
}

std::string ContentOf(int64_t attempt) { return fmt::format("by attempt {}", attempt); }

std::string FolderOf(JobStage stage) {
  return std::string(kResultFolders.at(static_cast<size_t>(stage)));
}

}  // namespace

void ModelCheck::Work(ModelProcess& process, const std::string& owner) {
  const std::optional<Job> job = repository_.Claim(owner, kModelLease);
  if (!job) return;
  const LeaseKey key{job->id, owner, job->attempt};
  const std::string attempt = AttemptPrefix(id_, job->attempt);
  if (!process.Goes("the tool")) {
    store_.DeletePrefix(attempt);
    Patiently([&] { return repository_.Fail(key, {.message = "it crashed", .retry = true}); });
    return;
  }
  for (const JobStage stage : job->options.stages) {
    store_.Put(fmt::format("{}/{}/x", attempt, FolderOf(stage)), ContentOf(job->attempt));
  }
  if (mutation_ == Mutation::kMoveBeforeDecide) {
    store_.MoveFolder(attempt + "/" + FolderOf(job->options.stages[0]),
                      JobPrefix(id_) + "/" + FolderOf(job->options.stages[0]));
  }
  const auto decided = Patiently([&] { return repository_.Decide(key, ContentOf(job->attempt)); });
  if (!decided) {
    store_.DeletePrefix(attempt);
    Patiently([&] { return repository_.FinishCancel(key); });
    return;
  }
  Patiently([&] { return FinishPublishing(repository_, store_, events_, *decided); });
}

void ModelCheck::Use() {
  if (limits_.user == ModelLimits::User::kDeletes) {
    repository_.MarkDeleting(id_);
    return;
  }
  repository_.RequestCancel(id_);
  repository_.Requeue(id_);  // an operator, at once or much later
}

void ModelCheck::RunActor(ModelProcess& process, size_t actor, int lives) {
  if (actor == kSweeper) return RecoverJobs(parts_, {});
  if (actor == kUser) return Use();
  Work(process, fmt::format("{}{}", actor == kWorkerA ? "a" : "b", lives));
}

ModelProcess::Outcome ModelCheck::StepIn(State& state, size_t actor, ModelProcess::Luck luck) {
  ActorState& its = state.actors.at(actor);
  ModelProcess process;
  bool is_loaded = false;
  repository_.SetProcess(&process, [&] {
    Load(state);
    is_loaded = true;
  });
  store_.SetProcess(&process);
  store_.files = state.files;
  repository_.decided = state.decided;
  const auto outcome = process.Step(
      [&](ModelProcess& running) { RunActor(running, actor, its.lives); }, its.calls, luck);
  if (is_loaded) Save(state);
  state.files = store_.files;
  state.decided = repository_.decided;
  return outcome;
}

std::string ModelCheck::FaultOfResult(const State& state) const {
  const std::string wanted = ContentOf(state.job->attempt);
  if (state.decided != std::vector{state.job->attempt}) return "it completed undecided";
  if (state.result != wanted) return "the result is another attempt's";
  for (const JobStage stage : state.job->options.stages) {
    const auto file = state.files.find(JobPrefix(id_) + "/" + FolderOf(stage) + "/x");
    if (file == state.files.end()) return "a file of the result is missing";
    if (file->second != wanted) return "a file of the result is another attempt's";
  }
  return "";
}

std::string ModelCheck::FaultOf(const State& before, const State& after) const {
  if (after.decided.size() > 1) return "two attempts were told that theirs is the result";
  for (const auto& [name, content] : after.files) {
    const bool is_public = name.find("/.attempt-") == std::string::npos;
    if (is_public && (after.decided.empty() || content != ContentOf(after.decided[0]))) {
      return "a file of no result is public";
    }
  }
  if (!after.job) return "";
  const bool was_completed = before.job && before.job->status == JobStatus::kCompleted;
  const bool is_completed = after.job->status == JobStatus::kCompleted;
  if (was_completed && !is_completed) return "it was completed, and went on";
  return is_completed ? FaultOfResult(after) : "";
}

void ModelCheck::Reach(State after, const State& before, const std::string& step) {
  report_.steps += 1;
  after.way = std::make_shared<const Way>(Way{step, before.way});
  if (report_.violation.empty()) {
    report_.violation = FaultOf(before, after);
    if (!report_.violation.empty()) {
      for (auto way = after.way; way; way = way->before) {
        report_.way.insert(report_.way.begin(), way->step);
      }
    }
  }
  if (seen_.insert(KeyOf(after)).second) open_.push_back(std::move(after));
}

/// Whether anything was left to do.
bool ModelCheck::Expand(const State& state) {
  static constexpr std::array kNames = {"worker A", "worker B", "sweeper", "user"};
  bool has_steps = false;
  for (size_t actor = 0; actor < kNumActors; ++actor) {
    const ActorState& its = state.actors.at(actor);
    if (its.runs_left == 0) continue;
    has_steps = true;
    for (const auto luck : {ModelProcess::Luck::kGood, ModelProcess::Luck::kBad}) {
      const bool is_bad = luck == ModelProcess::Luck::kBad;
      if (is_bad && state.bad_luck == limits_.bad_luck) continue;
      State after = state;
      after.bad_luck += is_bad ? 1 : 0;
      const auto outcome = StepIn(after, actor, luck);
      if (outcome == ModelProcess::Outcome::kNoSuchStep) continue;
      ActorState& moved = after.actors.at(actor);
      const std::string call = moved.calls.empty() ? "" : moved.calls.back().text;
      if (outcome == ModelProcess::Outcome::kEnded) {
        moved.calls.clear();
        moved.runs_left -= 1;
      }
      Reach(std::move(after), state, fmt::format("{}: {}", kNames.at(actor), call));
    }
    if (actor != kUser && !its.calls.empty() && state.crashes < limits_.crashes) {
      State after = state;
      after.actors.at(actor).calls.clear();
      after.actors.at(actor).lives += 1;
      after.actors.at(actor).runs_left -= 1;
      after.crashes += 1;
      Reach(std::move(after), state, fmt::format("{} crashes", kNames.at(actor)));
    }
  }
  if (state.expiries < limits_.expiries && state.job && !state.job->lease_owner.empty()) {
    State after = state;
    after.expiries += 1;
    Reach(std::move(after), state, "the lease runs out");
  }
  return has_steps;
}

/// Everybody is gone: once recovery has run, nothing is stuck.
void ModelCheck::Settle(State state) {
  state.expiries += 1;
  state.actors[kSweeper].runs_left = 1;
  while (StepIn(state, kSweeper, ModelProcess::Luck::kGood) == ModelProcess::Outcome::kStepped) {
  }
  const std::string end = state.job ? TextOfJob(state.job) : state.shown + "deleted";
  report_.ends.insert(end.substr(0, end.find('@')));
}

ModelReport ModelCheck::Run() {
  Reach(First(), {}, "it is queued");
  while (!open_.empty() && report_.violation.empty()) {
    const State state = std::move(open_.back());
    open_.pop_back();
    report_.states += 1;
    if (!Expand(state)) Settle(state);
  }
  return report_;
}

namespace {

using User = ModelLimits::User;

void ExpectHolds(const std::vector<ModelLimits>& all) {
  for (const ModelLimits& limits : all) {
    const ModelReport report = ModelCheck(limits).Run();
    fmt::print("{} states, {} steps, it ends {}\n", report.states, report.steps,
               fmt::join(report.ends, ", "));
    EXPECT_EQ(report.violation, "") << fmt::format("{}", fmt::join(report.way, "\n"));
    EXPECT_THAT(report.ends, IsSubsetOf({"completed", "cancelled", "failed", "queued", "deleted"}));
    EXPECT_THAT(report.ends, Contains(limits.user == User::kDeletes ? "deleted" : "completed"));
    EXPECT_GT(report.states, 500);
  }
}

TEST(ModelCheckTest, NoOrderOfStepsPublishesTwice) {
  ExpectHolds({{.claims = 2, .user = User::kNone, .is_bucket = true},
               {.crashes = 1, .user = User::kNone, .is_bucket = true},
               {.bad_luck = 1, .user = User::kNone, .num_stages = 2},
               {.user = User::kCancels},
               {.user = User::kDeletes}});
}

/// make model-check: minutes.
TEST(ModelCheckTest, DISABLED_NorDoMoreOfThem) {
  ExpectHolds(
      {{.claims = 2, .crashes = 1, .bad_luck = 1, .expiries = 2, .user = User::kNone},
       {.crashes = 1, .bad_luck = 1, .user = User::kCancels},
       {.claims = 2, .recoveries = 2, .expiries = 2, .user = User::kCancels},
       {.user = User::kCancels, .is_bucket = true},
       {.crashes = 1, .bad_luck = 1, .user = User::kDeletes},
       {.user = User::kDeletes, .is_bucket = true},
       {.recoveries = 2, .crashes = 1, .user = User::kNone, .is_bucket = true, .num_stages = 2}});
}

TEST(ModelCheckTest, WithoutTheFencingTokenItFindsADoublePublish) {
  const ModelReport report =
      ModelCheck({.user = User::kNone, .is_bucket = true}, Mutation::kNoFencing).Run();
  EXPECT_EQ(report.violation, "two attempts were told that theirs is the result");
  EXPECT_THAT(report.way, Contains("the lease runs out"));
}

TEST(ModelCheckTest, WhoMovesFilesBeforeTheDecisionIsFound) {
  const ModelReport report = ModelCheck({.user = User::kNone}, Mutation::kMoveBeforeDecide).Run();
  EXPECT_EQ(report.violation, "a file of no result is public");
}

}  // namespace
}  // namespace stemscribe::jobs
