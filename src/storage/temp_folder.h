// A folder for files that are not finished, shared by all processes that use the store. A file is
// locked (flock) by who writes it; one that is not was left by a process that died.
#pragma once

#include <filesystem>
#include <vector>

#include "jobs/blob_store.h"

namespace stemscribe::storage {

/// Immutable, thread-safe.
class TempFolder {
 public:
  explicit TempFolder(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }

  /// A name that nobody else has: "{kind}-{uuid}".
  std::filesystem::path NewPath(const char* kind) const;

  /// As BlobStore::SweepTemporary.
  std::vector<jobs::BlobInfo> Sweep(jobs::Milliseconds age, bool dry_run) const;

 private:
  const std::filesystem::path path_;
};

}  // namespace stemscribe::storage
