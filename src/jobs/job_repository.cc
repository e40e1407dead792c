#include "jobs/job_repository.h"

namespace stemscribe::jobs {

Job GetJob(JobRepository& repository, const std::string& id) {
  std::optional<Job> job = repository.Find(id);
  if (!job) throw Error(ErrorCode::kJobNotFound, "no job has this id");
  return std::move(*job);
}

}  // namespace stemscribe::jobs
