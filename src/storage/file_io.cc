#include "storage/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

namespace stemscribe::storage {

namespace fs = std::filesystem;

jobs::UniqueFd OpenFile(const fs::path& path, int flags) {
  jobs::UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC, 0640));
  if (!fd.is_open()) throw FileError(errno, path.filename().string());
  return fd;
}

void SyncFd(int fd, const std::string& what) {
  if (fsync(fd) != 0) throw FileError(errno, what);
}

void SyncFolder(const fs::path& folder) {
  SyncFd(OpenFile(folder, O_RDONLY | O_DIRECTORY).get(), folder.filename().string());
}

void MakeFolders(const fs::path& root, const fs::path& folder) {
  std::vector<fs::path> missing;
  for (fs::path at = folder; at != root && !fs::exists(at); at = at.parent_path()) {
    missing.push_back(at);
  }
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    if (mkdir(at->c_str(), 0750) != 0 && errno != EEXIST) {
      throw FileError(errno, at->filename().string());
    }
    SyncFolder(at->parent_path());
  }
}

jobs::TimePoint ModifiedAt(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return {};
  return jobs::TimePoint(std::chrono::seconds(status.st_mtim.tv_sec) +
                         jobs::Milliseconds(status.st_mtim.tv_nsec / 1'000'000));
}

int64_t BytesOfTree(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return 0;
  if (S_ISREG(status.st_mode)) return status.st_size;
  int64_t bytes = 0;
  std::error_code fault;
  for (fs::directory_iterator entry(path, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    bytes += BytesOfTree(entry->path());
  }
  return bytes;
}

jobs::BlobInfo InfoOf(const fs::path& path, std::string name) {
  return {.name = std::move(name), .bytes = BytesOfTree(path), .modified_at = ModifiedAt(path)};
}

}  // namespace stemscribe::storage
