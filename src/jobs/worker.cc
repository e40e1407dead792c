#include "jobs/worker.h"

#include <fmt/format.h>

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "jobs/job_run.h"
#include "jobs/recovery.h"

namespace stemscribe::jobs {
namespace {

constexpr Milliseconds kPauseAfterError = std::chrono::seconds(1);

}  // namespace

class Worker::Impl {
 public:
  Impl(WorkerSettings settings, const JobParts& parts, WorkerHooks hooks)
      : settings_(std::move(settings)), parts_(parts), hooks_(std::move(hooks)) {}

  void Start();
  void Stop(Milliseconds grace);
  int num_running() const {
    std::lock_guard lock(mutex_);
    return static_cast<int>(running_.size());
  }

 private:
  void RunSlot(const std::stop_token& stop);
  bool RunNext(const std::stop_token& stop);
  void RenewLeases(const std::stop_token& stop);
  void Report(const std::string& message) const {
    if (hooks_.on_error) hooks_.on_error(message);
  }

  const WorkerSettings settings_;
  const JobParts parts_;
  const WorkerHooks hooks_;

  mutable std::mutex mutex_;  // guards running_, is_draining_
  std::condition_variable_any changed_;
  std::list<std::shared_ptr<JobRun>> running_;
  bool is_draining_ = false;

  std::vector<std::jthread> slots_;
  std::jthread renewer_;
};

void Worker::Impl::Start() {
  for (const auto& folder : DeadScratch(settings_.scratch_dir, parts_.instance)) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  RecoverJobs(parts_, [this](const std::string& message) { Report(message); });
  renewer_ = std::jthread([this](const std::stop_token& stop) { RenewLeases(stop); });
  for (int i = 0; i < settings_.num_slots; ++i) {
    slots_.emplace_back([this](const std::stop_token& stop) { RunSlot(stop); });
  }
}

void Worker::Impl::Stop(Milliseconds grace) {
  for (std::jthread& slot : slots_) slot.request_stop();
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, grace, [this] { return running_.empty(); });
    is_draining_ = true;
    for (const auto& run : running_) run->Drain();
  }
  slots_.clear();  // joins
  renewer_ = {};
  std::error_code ignored;
  std::filesystem::remove_all(ScratchOf(settings_.scratch_dir, parts_.instance), ignored);
}

void Worker::Impl::RunSlot(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      const auto announcement = parts_.queue.Wait(settings_.poll_interval, stop);
      if (announcement) {
        try {
          RunNext(stop);
        } catch (...) {
          parts_.queue.Done(*announcement);  // the job is announced again, or found by a poll
          throw;
        }
        parts_.queue.Done(*announcement);
      } else {
        while (RunNext(stop)) {  // what nobody announced
        }
      }
    } catch (const std::exception& error) {
      Report(fmt::format("worker: {}", error.what()));
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kPauseAfterError, [] { return false; });
    }
  }
}

bool Worker::Impl::RunNext(const std::stop_token& stop) {
  if (stop.stop_requested()) return false;
  std::optional<Job> job = parts_.repository.Claim(parts_.instance.id(), settings_.lease);
  if (!job) return false;
  const auto run = std::make_shared<JobRun>(settings_, parts_, hooks_, std::move(*job));
  {
    std::lock_guard lock(mutex_);
    running_.push_back(run);
    if (is_draining_) run->Drain();  // it was claimed in the last moment
  }
  run->Execute();
  std::lock_guard lock(mutex_);
  running_.remove(run);
  changed_.notify_all();
  return true;
}

void Worker::Impl::RenewLeases(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<std::shared_ptr<JobRun>> runs;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, settings_.lease / 3, [] { return false; });
      runs.assign(running_.begin(), running_.end());
    }
    for (const auto& run : runs) {
      try {
        run->OnLease(parts_.repository.RenewLease(run->key(), settings_.lease));
      } catch (const std::exception& error) {
        Report(fmt::format("lease of job {}: {}", run->key().job_id, error.what()));
      }
    }
  }
}

Worker::Worker(WorkerSettings settings, JobRepository& repository, BlobStore& store,
               JobQueue& queue, EventBus& events, const Instance& instance, WorkerHooks hooks)
    : impl_(std::make_unique<Impl>(std::move(settings),
                                   JobParts{repository, store, queue, events, instance},
                                   std::move(hooks))) {}

Worker::~Worker() { Stop(Milliseconds(0)); }

void Worker::Start() { impl_->Start(); }

void Worker::Stop(Milliseconds grace) { impl_->Stop(grace); }

int Worker::num_running() const { return impl_->num_running(); }

}  // namespace stemscribe::jobs
