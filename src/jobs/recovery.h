// What a crash, a kill or a lost machine left behind is put right: at the start of a worker, and by
// the sweeper from time to time.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "jobs/blob_store.h"
#include "jobs/event_bus.h"
#include "jobs/instance.h"
#include "jobs/job_queue.h"
#include "jobs/job_repository.h"

namespace stemscribe::jobs {

/// The parts of the service that work on jobs. All outlive who is given this.
struct JobParts {
  JobRepository& repository;
  BlobStore& store;
  JobQueue& queue;
  EventBus& events;
  const Instance& instance;
};

using ErrorSink = std::function<void(const std::string& message)>;

/// Finishes what was decided, releases lost leases, goes on with deletions, and announces all that
/// is queued. A fault with one job is told to `on_error` and does not stop the rest. Throws when
/// the repository does not answer.
void RecoverJobs(const JobParts& parts, const ErrorSink& on_error);

/// Where a worker of this instance runs its children.
std::filesystem::path ScratchOf(const std::filesystem::path& scratch_dir, const Instance& instance);

/// The scratch folders of dead instances.
std::vector<std::filesystem::path> DeadScratch(const std::filesystem::path& scratch_dir,
                                               const Instance& instance);

}  // namespace stemscribe::jobs
