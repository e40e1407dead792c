#include "jobs/recovery.h"

#include <fmt/format.h>

#include "jobs/job_endings.h"
#include "jobs/job_files.h"

namespace stemscribe::jobs {
namespace {

namespace fs = std::filesystem;

constexpr int kPageJobs = 1000;

void Guarded(const std::string& id, const ErrorSink& on_error, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    if (on_error) on_error(fmt::format("recovery of job {}: {}", id, error.what()));
  }
}

QueuedJobs AllQueued(JobRepository& repository) {
  return {.count = [&repository] { return repository.CountByStatus()[JobStatus::kQueued]; },
          .next_page =
              [&repository, last = std::string()]() mutable {
                std::vector<std::string> page = repository.QueuedJobs(kPageJobs, last);
                if (!page.empty()) last = page.back();
                return page;
              }};
}

}  // namespace

void RecoverJobs(const JobParts& parts, const ErrorSink& on_error) {
  const std::vector<std::string> dead = parts.instance.Dead(parts.repository.LeaseOwners());
  for (const Job& job : parts.repository.PublishingJobs(dead)) {
    Guarded(job.id, on_error,
            [&] { FinishPublishing(parts.repository, parts.store, parts.events, job); });
  }
  for (const Job& job : parts.repository.ReleaseLeases(dead)) {
    Guarded(job.id, on_error, [&] {
      parts.events.Publish(job);
      parts.store.DeletePrefix(AttemptPrefix(job.id, job.attempt));
    });
  }
  for (const std::string& id : parts.repository.DeletingJobs()) {
    Guarded(id, on_error, [&] { FinishDeletion(parts.repository, parts.store, id); });
  }
  parts.queue.Reconcile(AllQueued(parts.repository));
  parts.instance.ForgetDead();
}

fs::path ScratchOf(const fs::path& scratch_dir, const Instance& instance) {
  return scratch_dir / instance.id();
}

std::vector<fs::path> DeadScratch(const fs::path& scratch_dir, const Instance& instance) {
  std::vector<fs::path> folders;
  std::error_code fault;
  for (fs::directory_iterator entry(scratch_dir, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    if (!instance.Dead({entry->path().filename().string()}).empty()) {
      folders.push_back(entry->path());
    }
  }
  return folders;
}

}  // namespace stemscribe::jobs
