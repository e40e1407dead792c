// From the folder that the tool left to blobs under the attempt's own prefix: step 1 of publishing.
#pragma once

#include <filesystem>

#include "jobs/blob_store.h"
#include "jobs/job.h"
#include "jobs/job_result.h"

namespace stemscribe::jobs {

/// Moves the tool's files (stems/*, frames.json, notes.json, vocals.mid, chords.json) into the
/// store below AttemptPrefix(job.id, job.attempt), durably, with frames.json also gzipped, and
/// describes them. Throws Error{kProcessingFailed} if a file that the options ask for is missing,
/// or as BlobStore.
JobResult StoreOutputs(BlobStore& store, const Job& job, const std::filesystem::path& folder);

/// Compresses `from` to `to` (gzip). Throws Error{kIo} or Error{kStorageLimitExceeded}.
void GzipFile(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace stemscribe::jobs
