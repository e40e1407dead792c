#include "jobs/job_endings.h"

#include "jobs/job_files.h"

namespace stemscribe::jobs {
namespace {

std::string_view FolderOf(JobStage stage) { return kResultFolders[static_cast<size_t>(stage)]; }

}  // namespace

int64_t FinishDeletion(JobRepository& repository, BlobStore& store, const std::string& id) {
  const int64_t bytes = store.DeletePrefix(JobPrefix(id));
  repository.EraseRow(id);
  return bytes;
}

std::optional<Job> FinishPublishing(JobRepository& repository, BlobStore& store, EventBus& events,
                                    const Job& job) {
  try {
    for (const JobStage stage : job.options.stages) {
      const std::string folder(FolderOf(stage));
      store.MoveFolder(AttemptPrefix(job.id, job.attempt) + "/" + folder,
                       JobPrefix(job.id) + "/" + folder);
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound && !repository.Find(job.id)) return std::nullopt;
    throw;
  }
  // What earlier attempts left goes, too.
  for (const std::string& folder : store.ListFolders(JobPrefix(job.id))) {
    if (folder.starts_with(".attempt-")) store.DeletePrefix(JobPrefix(job.id) + "/" + folder);
  }
  std::optional<Job> finished = repository.Finish(job.id, job.attempt);
  if (finished) events.Publish(*finished);
  return finished;
}

}  // namespace stemscribe::jobs
