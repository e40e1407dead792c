// The last two steps of a deletion, and of publishing: each may be done again after a crash.
#pragma once

#include <string>

#include "jobs/blob_store.h"
#include "jobs/event_bus.h"
#include "jobs/job_repository.h"

namespace stemscribe::jobs {

/// Removes the files of a job that is marked and held by nobody, then its row. Gives the bytes.
int64_t FinishDeletion(JobRepository& repository, BlobStore& store, const std::string& id);

/// Moves the files of a decided job into place, completes it and tells of it. nullopt: it was
/// deleted meanwhile. Throws what the store throws: the job stays decided, and this can be
/// repeated.
std::optional<Job> FinishPublishing(JobRepository& repository, BlobStore& store, EventBus& events,
                                    const Job& job);

}  // namespace stemscribe::jobs
