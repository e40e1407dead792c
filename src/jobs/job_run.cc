#include "jobs/job_run.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <thread>

#include "jobs/job_endings.h"
#include "jobs/job_files.h"
#include "jobs/publisher.h"

namespace stemscribe::jobs {
namespace {

namespace fs = std::filesystem;

constexpr int kCommitTries = 6;
constexpr Milliseconds kFirstPause = std::chrono::milliseconds(100);  // doubled each time
constexpr size_t kCopyBytes = 256 * 1024;

bool MayHelpToRepeat(const Error& error) {
  return error.code() == ErrorCode::kUnavailable ||
         error.code() == ErrorCode::kStorageLimitExceeded;
}

/// An hour of work is not given up because the database blinked. All that is committed this way may
/// be repeated.
template <typename Commit>
auto Patiently(Commit&& commit) {
  Milliseconds pause = kFirstPause;
  for (int i = 1;; ++i) {
    try {
      return commit();
    } catch (const Error& error) {
      if (i == kCommitTries || !MayHelpToRepeat(error)) throw;
    }
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

}  // namespace

JobRun::JobRun(const WorkerSettings& settings, const JobParts& parts, const WorkerHooks& hooks,
               Job job)
    : settings_(settings),
      parts_(parts),
      hooks_(hooks),
      job_(std::move(job)),
      scratch_(ScratchOf(settings.scratch_dir, parts.instance) /
               fmt::format("{}-{}", job_.id, job_.attempt)) {}

void JobRun::StopFor(Reason reason) {
  Reason none = Reason::kNone;
  if (reason_.compare_exchange_strong(none, reason)) stop_.request_stop();
}

void JobRun::OnLease(LeaseState state) {
  if (state == LeaseState::kCancelRequested) StopFor(Reason::kCancelled);
  if (state == LeaseState::kLost) StopFor(Reason::kLost);
}

void JobRun::Report(const std::string& what) const {
  if (hooks_.on_error) hooks_.on_error(fmt::format("job {}: {}", job_.id, what));
}

void JobRun::Execute() {
  const auto started = std::chrono::steady_clock::now();
  std::optional<Job> ended;
  try {
    parts_.events.Publish(job_);
    if (hooks_.on_started) hooks_.on_started(job_);
    ToolOutcome outcome = RunTool();
    if (const auto* done = std::get_if<ToolDone>(&outcome)) {
      EndStage();
      ended = Publish(done->folder);
    } else if (const auto* failure = std::get_if<JobFailure>(&outcome)) {
      ended = EndFailed(*failure);
    } else {
      ended = EndStopped();
    }
  } catch (const std::exception& error) {
    Report(error.what());
  }
  RemoveScratch();
  if (!ended) return;
  parts_.events.Publish(*ended);
  if (ended->status == JobStatus::kQueued) parts_.queue.Announce(ended->id);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - started;
  if (hooks_.on_ended) hooks_.on_ended(*ended, time.count());
}

ToolOutcome JobRun::RunTool() {
  // A cancel is noticed at once by its event, if it happens in this process or comes over the bus,
  // and else with the next renewal of the lease.
  const auto watch = parts_.events.Subscribe(job_.id, [this](const Job& job) {
    if (job.attempt == job_.attempt && job.cancel_requested) StopFor(Reason::kCancelled);
  });
  OnLease(parts_.repository.RenewLease(key(), settings_.lease));  // one before the subscription
  try {
    fs::create_directories(scratch_);
    return Transcribe(
        settings_.tool, job_.options, FetchInput(), scratch_,
        [this](const JobProgress& progress) { OnProgress(progress); }, stop_.get_token());
  } catch (const Error& error) {
    return JobFailure{error.code(), error.what(), error.code() == ErrorCode::kUnavailable};
  } catch (const std::exception& error) {
    return JobFailure{ErrorCode::kInternal, error.what(), true};
  }
}

fs::path JobRun::FetchInput() {
  if (const auto local = parts_.store.LocalPath(job_.input_blob)) return *local;
  const std::unique_ptr<BlobReader> reader = parts_.store.Open(job_.input_blob);
  const fs::path copy = scratch_ / fs::path(job_.input_blob).filename();
  std::ofstream file(copy, std::ios::binary);
  std::vector<std::byte> block(kCopyBytes);
  while (const size_t count = reader->Read(block)) {
    file.write(reinterpret_cast<const char*>(block.data()), static_cast<std::streamsize>(count));
  }
  if (!file.flush()) throw Error(ErrorCode::kUnavailable, "the input cannot be fetched");
  return copy;
}

void JobRun::OnProgress(const JobProgress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (stage_ != progress.stage) {
    EndStage();
    stage_ = progress.stage;
    stage_began_at_ = now;
  }
  if (written_ && written_->stage == progress.stage) {
    if (written_->percent == progress.percent && written_->seconds_left == progress.seconds_left) {
      return;
    }
    if (now - written_at_ < settings_.progress_interval) return;  // it comes again
  }
  written_ = progress;
  written_at_ = now;
  try {
    const std::optional<Job> job = parts_.repository.UpdateProgress(key(), progress);
    if (!job) {
      StopFor(Reason::kLost);
    } else if (job->cancel_requested) {
      StopFor(Reason::kCancelled);
    } else {
      parts_.events.Publish(*job);
    }
  } catch (const Error& error) {
    Report(error.what());  // the next one may get through
  }
}

void JobRun::EndStage() {
  if (!stage_ || !hooks_.on_stage_ended) return;
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - stage_began_at_;
  hooks_.on_stage_ended(job_, *stage_, time.count());
}

std::optional<Job> JobRun::Publish(const fs::path& folder) {
  std::string result_json;
  try {
    result_json = boost::json::serialize(ToJson(StoreOutputs(parts_.store, job_, folder)));
  } catch (const Error& error) {
    return EndFailed({error.code(), error.what(), error.code() == ErrorCode::kUnavailable});
  }
  RemoveScratch();
  // If this throws, nobody knows whether it was committed: the outputs stay, and recovery will see.
  const std::optional<Job> decided =
      Patiently([&] { return parts_.repository.Decide(key(), result_json); });
  if (!decided) {
    StopFor(Reason::kCancelled);  // or the lease was lost; then nothing can be committed, either
    return EndStopped();
  }
  return Patiently(
      [&] { return FinishPublishing(parts_.repository, parts_.store, parts_.events, *decided); });
}

std::optional<Job> JobRun::EndStopped() {
  RemoveOutputs();
  return Patiently([&] {
    return reason_ == Reason::kDrained ? parts_.repository.ReturnToQueue(key())
                                       : parts_.repository.FinishCancel(key());
  });
}

std::optional<Job> JobRun::EndFailed(const JobFailure& failure) {
  RemoveOutputs();
  if (hooks_.on_failed) hooks_.on_failed(job_, failure);
  return Patiently([&] { return parts_.repository.Fail(key(), failure); });
}

void JobRun::RemoveScratch() {
  // Before the end is committed: who sees that a job is over finds nothing left of it.
  std::error_code ignored;
  fs::remove_all(scratch_, ignored);
}

void JobRun::RemoveOutputs() {
  RemoveScratch();
  try {
    parts_.store.DeletePrefix(AttemptPrefix(job_.id, job_.attempt));
  } catch (const Error& error) {
    Report(error.what());  // the sweeper will get it
  }
}

}  // namespace stemscribe::jobs
