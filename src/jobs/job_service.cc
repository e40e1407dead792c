#include "jobs/job_service.h"

#include <condition_variable>
#include <memory>
#include <mutex>

#include "jobs/job_endings.h"
#include "jobs/job_files.h"

namespace stemscribe::jobs {
namespace {

constexpr Milliseconds kLook = std::chrono::milliseconds(100);
constexpr int kMostWaiting = 4;  // each holds a thread

}  // namespace

JobService::JobService(JobRepository& repository, BlobStore& store, JobQueue& queue,
                       EventBus& events)
    : repository_(repository), store_(store), queue_(queue), events_(events) {}

CreateResult JobService::Submit(const NewJob& job) {
  CreateResult result;
  try {
    result = repository_.Create(job);
  } catch (const Error&) {
    // Did it fail, or only its acknowledgement? If the row is there, the input must stay; so it
    // must if nobody can tell, which throws here: then a sweep finds it, if it is of no job.
    if (repository_.Existing({job.id}).empty()) store_.DeletePrefix(JobPrefix(job.id));
    throw;
  }
  if (result.created) {
    queue_.Announce(result.job.id);
    events_.Publish(result.job);
  } else {
    store_.DeletePrefix(JobPrefix(job.id));
  }
  return result;
}

Job JobService::Cancel(const std::string& id) {
  Job job = repository_.RequestCancel(id);
  events_.Publish(job);
  return job;
}

void JobService::Delete(const std::string& id, Milliseconds patience) {
  std::mutex mutex;
  std::condition_variable changed;
  bool has_changed = false;  // guarded by mutex
  const auto subscription = events_.Subscribe(id, [&] {
    std::lock_guard lock(mutex);
    has_changed = true;
    changed.notify_one();
  });
  std::optional<Job> job = repository_.MarkDeleting(id);
  if (!job) throw Error(ErrorCode::kJobNotFound, "no job has this id");
  if (job->status == JobStatus::kProcessing) {
    job->cancel_requested = true;
    job->version += 1;
    events_.Publish(*job);  // its worker listens
  }
  const bool waits = ++num_waiting_ <= kMostWaiting;
  const std::unique_ptr<std::atomic<int>, void (*)(std::atomic<int>*)> place(
      &num_waiting_, [](std::atomic<int>* count) { --*count; });
  const auto deadline =
      std::chrono::steady_clock::now() + (waits ? patience : Milliseconds::zero());
  while (!repository_.IsDeletable(id)) {
    if (std::chrono::steady_clock::now() >= deadline) return;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, kLook, [&] { return has_changed; });
    has_changed = false;
  }
  FinishDeletion(repository_, store_, id);
}

}  // namespace stemscribe::jobs
