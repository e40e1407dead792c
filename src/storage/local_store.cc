#include "storage/local_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include "jobs/uuid.h"
#include "storage/file_io.h"
#include "storage/local_writer.h"

namespace stemscribe::storage {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxNameBytes = 512;
constexpr double kNearlyFull = 0.95;
constexpr size_t kCopyBytes = 256 * 1024;

bool IsGoodPart(const std::string& part) {
  if (part.empty() || part == "." || part == "..") return false;
  return std::all_of(part.begin(), part.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '\\' && c != 0x7f;
  });
}

bool IsGoodName(const std::string& name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.back() == '/') return false;
  std::istringstream parts(name);
  for (std::string part; std::getline(parts, part, '/');) {
    if (!IsGoodPart(part)) return false;
  }
  return true;
}

class FileReader final : public jobs::BlobReader {
 public:
  explicit FileReader(jobs::UniqueFd fd) : fd_(std::move(fd)) {}

  size_t Read(std::span<std::byte> out) override {
    size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = read(fd_.get(), out.data() + done, out.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw FileError(errno, "blob");
      if (count == 0) break;
      done += static_cast<size_t>(count);
    }
    return done;
  }

 private:
  jobs::UniqueFd fd_;
};

jobs::BlobInfo InfoOf(const fs::path& path, std::string name) {
  return {.name = std::move(name), .bytes = BytesOfTree(path), .modified_at = ModifiedAt(path)};
}

bool IsFile(const fs::path& path) {
  std::error_code fault;
  return fs::is_regular_file(fs::symlink_status(path, fault));
}

}  // namespace

LocalStore::LocalStore(LocalStoreSettings settings)
    : settings_(std::move(settings)), temp_dir_(settings_.root / ".tmp") {
  std::error_code fault;
  fs::create_directories(settings_.root, fault);
  if (fault) throw FileError(fault.value(), "storage " + settings_.root.string());
  MakeFolders(settings_.root, temp_dir_);
  RefreshUsage();
}

fs::path LocalStore::PathOf(const std::string& name) const {
  if (!IsGoodName(name)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no name for a blob", name));
  }
  return settings_.root / name;
}

fs::path LocalStore::NewTempPath(const char* kind) const {
  return temp_dir_ / fmt::format("{}-{}", kind, jobs::NewUuid(jobs::SystemClock().Now()));
}

void LocalStore::Reserve(int64_t bytes) {
  if (bytes > 0) CheckRoom(bytes);
  reserved_bytes_ += bytes;
}

std::unique_ptr<jobs::BlobWriter> LocalStore::Create(const std::string& name,
                                                     int64_t expected_bytes) {
  const fs::path to = PathOf(name);
  fs::path temp = NewTempPath("write");
  temp += to.extension();
  return std::make_unique<LocalWriter>(
      std::move(temp), expected_bytes, [this](int64_t bytes) { Reserve(bytes); },
      [this, to](const fs::path& file) { Publish(file, to); });
}

void LocalStore::Publish(const fs::path& from, const fs::path& to) {
  MakeFolders(settings_.root, to.parent_path());
  const int64_t replaced = BytesOfTree(to);
  const int64_t added = BytesOfTree(from);
  if (rename(from.c_str(), to.c_str()) != 0) throw FileError(errno, to.filename().string());
  SyncFolder(to.parent_path());
  used_bytes_ += added - replaced;
}

void LocalStore::Adopt(const fs::path& file, const std::string& name) {
  const fs::path to = PathOf(name);
  const jobs::UniqueFd source = OpenFile(file, O_RDONLY);
  struct stat from_status {
  }, to_status{};
  fstat(source.get(), &from_status);
  stat(temp_dir_.c_str(), &to_status);
  if (from_status.st_dev == to_status.st_dev) {
    SyncFd(source.get(), file.filename().string());
    Publish(file, to);
    return;
  }
  const std::unique_ptr<jobs::BlobWriter> writer = Create(name, from_status.st_size);
  std::vector<std::byte> block(kCopyBytes);
  FileReader reader(OpenFile(file, O_RDONLY));
  while (const size_t count = reader.Read(block)) writer->Write(std::span(block).first(count));
  writer->Commit();
  fs::remove(file);
}

std::optional<jobs::BlobInfo> LocalStore::Stat(const std::string& name) {
  const fs::path path = PathOf(name);
  if (!IsFile(path)) return std::nullopt;
  return InfoOf(path, name);
}

std::optional<fs::path> LocalStore::LocalPath(const std::string& name) {
  fs::path path = PathOf(name);
  if (!IsFile(path)) return std::nullopt;
  return path;
}

std::unique_ptr<jobs::BlobReader> LocalStore::Open(const std::string& name) {
  const fs::path path = PathOf(name);
  if (!IsFile(path)) throw Error(ErrorCode::kNotFound, fmt::format("there is no blob {}", name));
  return std::make_unique<FileReader>(OpenFile(path, O_RDONLY | O_NOFOLLOW));
}

std::vector<jobs::BlobInfo> LocalStore::List(const std::string& prefix) {
  std::vector<jobs::BlobInfo> blobs;
  const fs::path folder = PathOf(prefix);
  std::error_code fault;
  for (fs::recursive_directory_iterator entry(folder, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    if (!IsFile(entry->path())) continue;
    blobs.push_back(
        InfoOf(entry->path(), entry->path().lexically_relative(settings_.root).string()));
  }
  std::sort(blobs.begin(), blobs.end(),
            [](const auto& left, const auto& right) { return left.name < right.name; });
  return blobs;
}

std::vector<std::string> LocalStore::ListFolders(const std::string& prefix) {
  std::vector<std::string> names;
  std::error_code fault;
  for (fs::directory_iterator entry(PathOf(prefix), fault), end; !fault && entry != end;
       entry.increment(fault)) {
    std::error_code gone;
    if (entry->is_directory(gone)) names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<jobs::TimePoint> LocalStore::FolderModifiedAt(const std::string& prefix) {
  const fs::path path = PathOf(prefix);
  std::error_code fault;
  if (!fs::is_directory(path, fault)) return std::nullopt;
  return ModifiedAt(path);
}

void LocalStore::MoveFolder(const std::string& from, const std::string& to) {
  const fs::path source = PathOf(from);
  const fs::path target = PathOf(to);
  std::error_code fault;
  if (rename(source.c_str(), target.c_str()) != 0) {
    const int reason = errno;
    if (reason != ENOENT) throw FileError(reason, to);
    if (!fs::is_directory(target, fault)) {
      throw Error(ErrorCode::kNotFound, fmt::format("there is no folder {}", from));
    }
  }
  // Also after a move by somebody else, whose sync may not have come to pass.
  SyncFolder(target.parent_path());
}

int64_t LocalStore::DeletePrefix(const std::string& prefix) {
  const fs::path path = PathOf(prefix);
  const fs::path doomed = NewTempPath("delete");
  // First out of sight, at once: nobody finds half of it, or adds to it.
  if (rename(path.c_str(), doomed.c_str()) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return 0;
    throw FileError(errno, prefix);
  }
  SyncFolder(path.parent_path());
  const int64_t bytes = BytesOfTree(doomed);
  used_bytes_ -= bytes;
  std::error_code fault;
  fs::remove_all(doomed, fault);  // what remains, the sweeper takes
  return bytes;
}

int64_t LocalStore::BytesBelow(const std::string& prefix) { return BytesOfTree(PathOf(prefix)); }

void LocalStore::CheckRoom(int64_t bytes) {
  const jobs::StorageUsage usage = Usage();
  if (usage.limit_bytes > 0 && usage.used_bytes + bytes > usage.limit_bytes) {
    throw Error(ErrorCode::kStorageLimitExceeded,
                "the storage is full: its limit (STORAGE_LIMIT_GB) is reached");
  }
  // What writers have reserved is not yet missing from the disk; it is counted twice once written.
  if (usage.free_bytes - bytes < settings_.low_disk_bytes) {
    throw Error(ErrorCode::kStorageLimitExceeded, "the storage is full: its disk is nearly full");
  }
}

jobs::StorageUsage LocalStore::Usage() {
  jobs::StorageUsage usage;
  usage.used_bytes = used_bytes_ + reserved_bytes_;
  usage.limit_bytes = settings_.limit_bytes;
  struct statvfs disk {};
  if (statvfs(settings_.root.c_str(), &disk) != 0) throw FileError(errno, "storage");
  usage.free_bytes = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  const double nearly_full = kNearlyFull * static_cast<double>(usage.limit_bytes);
  usage.low = usage.free_bytes < settings_.low_disk_bytes ||
              (usage.limit_bytes > 0 && static_cast<double>(usage.used_bytes) >= nearly_full);
  return usage;
}

void LocalStore::RefreshUsage() { used_bytes_ = BytesOfTree(settings_.root / "jobs"); }

std::vector<jobs::BlobInfo> LocalStore::SweepTemporary(jobs::Milliseconds age, bool dry_run) {
  std::vector<jobs::BlobInfo> stale;
  const jobs::TimePoint limit = jobs::SystemClock().Now() - age;
  std::error_code fault;
  for (fs::directory_iterator entry(temp_dir_, fault), end; !fault && entry != end;
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

void LocalStore::CheckHealth() {
  const fs::path probe = NewTempPath("health");
  try {
    const jobs::UniqueFd fd = OpenFile(probe, O_WRONLY | O_CREAT | O_EXCL);
    const std::array<std::byte, 1> data{};
    WriteAll(fd.get(), data, "storage");
  } catch (const Error& error) {
    unlink(probe.c_str());
    throw Error(ErrorCode::kUnavailable, error.what());
  }
  unlink(probe.c_str());
}

}  // namespace stemscribe::storage
