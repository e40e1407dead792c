#include "storage/local_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/write_all.h"
#include "storage/file_io.h"

namespace stemscribe::storage {
namespace {

constexpr int64_t kReserveStep = int64_t{8} << 20;
constexpr int64_t kFlushStep = int64_t{8} << 20;

/// The lock says that the writer is alive: see LocalStore::SweepTemporary.
jobs::UniqueFd CreateLocked(const std::filesystem::path& path) {
  while (true) {
    jobs::UniqueFd fd = OpenFile(path, O_WRONLY | O_CREAT);
    flock(fd.get(), LOCK_EX);  // no lock on this file system: then leftovers are known by their age
    struct stat status {};
    if (fstat(fd.get(), &status) == 0 && status.st_nlink > 0) return fd;
    // A sweep came between the two.
  }
}

}  // namespace

LocalWriter::LocalWriter(std::filesystem::path temp, int64_t expected_bytes,
                         std::function<void(int64_t)> reserve,
                         std::function<void(const std::filesystem::path&)> publish)
    : temp_(std::move(temp)), reserve_(std::move(reserve)), publish_(std::move(publish)) {
  reserve_(expected_bytes);
  reserved_bytes_ = expected_bytes;
  try {
    fd_ = CreateLocked(temp_);
  } catch (...) {
    reserve_(-reserved_bytes_);
    throw;
  }
}

LocalWriter::~LocalWriter() {
  reserve_(-reserved_bytes_);
  if (fd_.is_open()) unlink(temp_.c_str());
}

void LocalWriter::Write(std::span<const std::byte> data) {
  const auto wanted = bytes_written_ + static_cast<int64_t>(data.size());
  if (wanted > reserved_bytes_) {
    const int64_t more = std::max(wanted - reserved_bytes_, kReserveStep);
    reserve_(more);
    reserved_bytes_ += more;
  }
  WriteAll(fd_.get(), data, "upload");
  bytes_written_ = wanted;
  if (bytes_written_ - flushed_bytes_ < kFlushStep) return;
  // The disk works while more comes in; whether it did is found out at the end, by Sync.
  sync_file_range(fd_.get(), flushed_bytes_, bytes_written_ - flushed_bytes_,
                  SYNC_FILE_RANGE_WRITE);
  flushed_bytes_ = bytes_written_;
}

void LocalWriter::Sync() { SyncFd(fd_.get(), "upload"); }

void LocalWriter::Commit() {
  Sync();
  publish_(temp_);
  fd_.Reset();
}

}  // namespace stemscribe::storage
