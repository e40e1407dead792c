// A blob as a local file, or as text.
#pragma once

#include <filesystem>
#include <string>

#include "jobs/blob_store.h"

namespace stemscribe::jobs {

/// The blob's own file where the store is a local disk, else a copy that goes with this object.
/// Immutable, thread-safe.
class LocalCopy {
 public:
  /// Blocks. A copy is said to have been changed at `modified_at`. Throws as BlobStore::Open, and
  /// Error{kStorageLimitExceeded} when the disk for temporary files is full.
  LocalCopy(BlobStore& store, const std::string& name, TimePoint modified_at);
  ~LocalCopy();
  LocalCopy(const LocalCopy&) = delete;
  LocalCopy& operator=(const LocalCopy&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool is_ours_ = false;
};

/// The bytes of a small blob. Blocks. Throws as BlobStore::Open.
std::string ReadBlob(BlobStore& store, const std::string& name);

}  // namespace stemscribe::jobs
