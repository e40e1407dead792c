// What users can do with jobs, in the right order over repository, files, queue and events. The API
// talks to this; reading goes to the repository directly.
#pragma once

#include <atomic>
#include <string>

#include "jobs/blob_store.h"
#include "jobs/event_bus.h"
#include "jobs/job_queue.h"
#include "jobs/job_repository.h"

namespace stemscribe::jobs {

/// Thread-safe; blocks (SQL, files): call it on a pool. Everything given must outlive it.
class JobService {
 public:
  JobService(JobRepository& repository, BlobStore& store, JobQueue& queue, EventBus& events);

  /// Creates the job whose input blob is in place, and announces it. If the idempotency key was
  /// known, the new input is removed and the earlier job given; Error{kConflict} if it was for
  /// another request (the input is removed, too).
  CreateResult Submit(const NewJob& job);

  /// Cancels. Throws Error{kJobNotFound}, Error{kConflict}. A running job stops soon after.
  Job Cancel(const std::string& id);

  /// Deletes the job: it is hidden at once, its worker is stopped, then files and row go. Waits up
  /// to `patience` for the worker, unless many wait already; after that the sweeper removes the
  /// rest. Throws Error{kJobNotFound}.
  void Delete(const std::string& id, Milliseconds patience = std::chrono::seconds(5));

 private:
  JobRepository& repository_;
  BlobStore& store_;
  JobQueue& queue_;
  EventBus& events_;
  std::atomic<int> num_waiting_{0};  // deletions, for workers
};

}  // namespace stemscribe::jobs
