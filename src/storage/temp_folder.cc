#include "storage/temp_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>

#include "jobs/uuid.h"
#include "storage/file_io.h"

namespace stemscribe::storage {

namespace fs = std::filesystem;

fs::path TempFolder::NewPath(const char* kind) const {
  return path_ / fmt::format("{}-{}", kind, jobs::NewUuid(jobs::SystemClock().Now()));
}

std::vector<jobs::BlobInfo> TempFolder::Sweep(jobs::Milliseconds age, bool dry_run) const {
  std::vector<jobs::BlobInfo> stale;
  const jobs::TimePoint limit = jobs::SystemClock().Now() - age;
  std::error_code fault;
  for (fs::directory_iterator entry(path_, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    const std::string name = entry->path().filename().string();
    const jobs::UniqueFd fd(open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    const bool is_free = fd.is_open() && flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
    const bool is_locked = fd.is_open() && !is_free && errno == EWOULDBLOCK;
    if (is_locked || (!is_free && ModifiedAt(entry->path()) > limit)) continue;
    stale.push_back(InfoOf(entry->path(), ".tmp/" + name));
    std::error_code ignored;
    if (!dry_run) fs::remove_all(entry->path(), ignored);
  }
  return stale;
}

}  // namespace stemscribe::storage
