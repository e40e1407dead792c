#include "jobs/instance.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"
#include "jobs/clock.h"
#include "jobs/unique_fd.h"
#include "jobs/uuid.h"

namespace stemscribe::jobs {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".lock";

/// Which folder of lock files it is: that of others says nothing about our dead.
std::string FolderMark(const fs::path& folder) {
  struct stat about {};
  if (stat(folder.c_str(), &about) != 0) return "none";
  return fmt::format("{:x}-{:x}", about.st_dev, about.st_ino);
}

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  std::string text(name.data());
  for (char& c : text) {
    if (c == ':' || c == '/') c = '-';
  }
  return text;
}

std::string HostOf(const std::string& owner) { return owner.substr(0, owner.find(':')); }

/// Whether a process holds the lock on this file. No file: nobody does.
bool IsLocked(const fs::path& file) {
  const UniqueFd fd(open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.is_open()) return errno != ENOENT;
  return flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
}

}  // namespace

Instance::Instance(const fs::path& folder) : folder_(folder), started_at_(SystemClock().Now()) {
  std::error_code fault;
  fs::create_directories(folder_, fault);
  id_ = fmt::format("{}.{}:{}:{}", HostName(), FolderMark(folder_), getpid(),
                    NewUuid(started_at_).substr(24));
  const fs::path file = folder_ / (id_ + std::string(kSuffix));
  // Locked before it has its name: nobody ever sees it free while we live.
  const fs::path temp = folder_ / (id_ + ".new");
  fd_ = UniqueFd(open(temp.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!fd_.is_open() || flock(fd_.get(), LOCK_EX | LOCK_NB) != 0 ||
      rename(temp.c_str(), file.c_str()) != 0) {
    throw FileError(errno, file.string());
  }
}

Instance::~Instance() { unlink((folder_ / (id_ + std::string(kSuffix))).c_str()); }

std::vector<std::string> Instance::Dead(const std::vector<std::string>& owners) const {
  std::vector<std::string> dead;
  for (const std::string& owner : owners) {
    if (owner == id_ || owner.find('/') != std::string::npos || HostOf(owner) != HostOf(id_)) {
      continue;
    }
    if (!IsLocked(folder_ / (owner + std::string(kSuffix)))) dead.push_back(owner);
  }
  return dead;
}

bool Instance::IsAlone() const {
  std::error_code fault;
  for (fs::directory_iterator entry(folder_, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    const std::string name = entry->path().filename().string();
    if (!name.ends_with(kSuffix) || name == id_ + std::string(kSuffix)) continue;
    if (!name.starts_with(HostOf(id_) + ":") || IsLocked(entry->path())) return false;
  }
  return !fault;
}

void Instance::ForgetDead() const {
  std::error_code fault;
  for (fs::directory_iterator entry(folder_, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    const std::string name = entry->path().filename().string();
    if (!name.ends_with(kSuffix) || !name.starts_with(HostOf(id_) + ":")) continue;
    if (name != id_ + std::string(kSuffix) && !IsLocked(entry->path()))
      unlink(entry->path().c_str());
  }
}

}  // namespace stemscribe::jobs
