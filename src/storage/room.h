// How much may still be written: a limit on all blobs, and a local disk that must not fill up.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "jobs/blob_store.h"

namespace stemscribe::storage {

/// Thread-safe.
class Room {
 public:
  /// `disk`: a folder on the disk that is watched.
  Room(std::filesystem::path disk, int64_t limit_bytes, int64_t low_disk_bytes)
      : disk_(std::move(disk)), limit_bytes_(limit_bytes), low_disk_bytes_(low_disk_bytes) {}

  /// Throws Error{kStorageLimitExceeded} unless `bytes` more may be written.
  void Check(int64_t bytes) const;

  /// Takes `bytes` for a writer at work, or throws as Check; a negative number gives them back.
  void Reserve(int64_t bytes);

  /// Finished blobs have grown by so many bytes.
  void Add(int64_t bytes) { used_bytes_ += bytes; }
  void SetUsed(int64_t bytes) { used_bytes_ = bytes; }

  /// Throws Error{kIo} if the disk is gone.
  jobs::StorageUsage Usage() const;

 private:
  const std::filesystem::path disk_;
  const int64_t limit_bytes_;  // 0: none
  const int64_t low_disk_bytes_;
  std::atomic<int64_t> used_bytes_{0};      // by finished blobs
  std::atomic<int64_t> reserved_bytes_{0};  // by writers at work
};

}  // namespace stemscribe::storage
