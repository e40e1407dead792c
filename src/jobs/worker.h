// The worker: claims jobs, runs the tool on each in a child, and publishes what comes out.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "jobs/blob_store.h"
#include "jobs/event_bus.h"
#include "jobs/instance.h"
#include "jobs/job_queue.h"
#include "jobs/job_repository.h"
#include "jobs/tool.h"

namespace stemscribe::jobs {

struct WorkerSettings {
  int num_slots = 3;                                    // children at the same time
  std::filesystem::path scratch_dir{};                  // best on the file system of the storage
  Milliseconds lease{std::chrono::seconds(30)};         // renewed every third of it
  Milliseconds poll_interval{std::chrono::seconds(2)};  // looks for work without being told
  Milliseconds progress_interval{250};                  // at least between two writes of progress
  ToolSettings tool{};
};

/// For logs and metrics; called from any thread, must be quick and not throw.
struct WorkerHooks {
  std::function<void(const Job&)> on_started{};
  std::function<void(const Job&, double seconds)>
      on_ended;  // completed, failed, cancelled, requeued
  std::function<void(const Job&, JobStage, double seconds)> on_stage_ended{};  // it was done
  std::function<void(const Job&, const JobFailure&)>
      on_failed{};                                             // whether it is tried again or not
  std::function<void(const std::string& message)> on_error{};  // the worker's own trouble
};

/// Everything given must outlive it. Start and Stop from one thread.
class Worker {
 public:
  Worker(WorkerSettings settings, JobRepository& repository, BlobStore& store, JobQueue& queue,
         EventBus& events, const Instance& instance, WorkerHooks hooks = {});
  ~Worker();  // Stop(0)

  /// Recovers what dead instances left (their leases, half published results, scratch folders),
  /// then starts the slots.
  void Start();

  /// Takes no more jobs, gives the running ones `grace` to finish, then ends their children and
  /// returns the jobs to the queue. All threads are joined on return.
  void Stop(Milliseconds grace);

  int num_running() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::jobs
