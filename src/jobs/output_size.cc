#include "jobs/output_size.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>

namespace stemscribe::jobs {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kBlockBytes = 4096;

int64_t SizeOf(const struct stat& entry) {
  return std::max<int64_t>(kBlockBytes, S_ISREG(entry.st_mode) ? entry.st_size : 0);
}

}  // namespace

int64_t OutputSize(const fs::path& folder, pid_t pid, int64_t limit) {
  int64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end;
       !error && entry != end && bytes <= limit; entry.increment(error)) {
    struct stat found {};
    if (lstat(entry->path().c_str(), &found) == 0) bytes += SizeOf(found);
  }
  const fs::path open_files = "/proc/" + std::to_string(pid) + "/fd";
  for (fs::directory_iterator entry(open_files, error), end;
       !error && entry != end && bytes <= limit; entry.increment(error)) {
    struct stat found {};
    if (stat(entry->path().c_str(), &found) != 0) continue;
    if (S_ISREG(found.st_mode) && found.st_nlink == 0) bytes += SizeOf(found);
  }
  return bytes;
}

}  // namespace stemscribe::jobs
