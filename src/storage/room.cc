#include "storage/room.h"

#include <sys/statvfs.h>

#include <cerrno>

#include "storage/file_io.h"

namespace stemscribe::storage {
namespace {

constexpr double kNearlyFull = 0.95;

}  // namespace

void Room::Check(int64_t bytes) const {
  const jobs::StorageUsage usage = Usage();
  if (usage.limit_bytes > 0 && usage.used_bytes + bytes > usage.limit_bytes) {
    throw Error(ErrorCode::kStorageLimitExceeded,
                "the storage is full: its limit (STORAGE_LIMIT_GB) is reached");
  }
  // What writers have reserved is not yet missing from the disk; it is counted twice once written.
  if (usage.free_bytes - bytes < low_disk_bytes_) {
    throw Error(ErrorCode::kStorageLimitExceeded, "the storage is full: its disk is nearly full");
  }
}

void Room::Reserve(int64_t bytes) {
  if (bytes > 0) Check(bytes);
  reserved_bytes_ += bytes;
}

jobs::StorageUsage Room::Usage() const {
  jobs::StorageUsage usage;
  usage.used_bytes = used_bytes_ + reserved_bytes_;
  usage.limit_bytes = limit_bytes_;
  struct statvfs disk {};
  if (statvfs(disk_.c_str(), &disk) != 0) throw FileError(errno, "storage");
  usage.free_bytes = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  const double nearly_full = kNearlyFull * static_cast<double>(usage.limit_bytes);
  usage.low = usage.free_bytes < low_disk_bytes_ ||
              (usage.limit_bytes > 0 && static_cast<double>(usage.used_bytes) >= nearly_full);
  return usage;
}

}  // namespace stemscribe::storage
