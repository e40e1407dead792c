#include "storage/local_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/write_all.h"
#include "jobs/partial_upload.h"
#include "jobs/uuid.h"
#include "storage/blob_name.h"
#include "storage/file_io.h"
#include "storage/local_writer.h"

namespace stemscribe::storage {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCopyBytes = 256 * 1024;

class FileReader final : public jobs::BlobReader {
 public:
  /// Of the file from `position` on at most `left` bytes.
  FileReader(jobs::UniqueFd fd, int64_t position, int64_t left)
      : fd_(std::move(fd)), position_(position), left_(left) {}

  size_t Read(std::span<std::byte> out) override {
    const auto wanted = static_cast<size_t>(std::min(left_, static_cast<int64_t>(out.size())));
    size_t done = 0;
    while (done < wanted) {
      const ssize_t count = pread(fd_.get(), out.data() + done, wanted - done, position_);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw FileError(errno, "blob");
      if (count == 0) break;
      done += static_cast<size_t>(count);
      position_ += count;
      left_ -= count;
    }
    return done;
  }

 private:
  jobs::UniqueFd fd_;
  int64_t position_;
  int64_t left_;
};

bool IsFile(const fs::path& path) {
  std::error_code fault;
  return fs::is_regular_file(fs::symlink_status(path, fault));
}

}  // namespace

LocalStore::LocalStore(LocalStoreSettings settings)
    : settings_(std::move(settings)),
      temp_(settings_.root / ".tmp"),
      room_(settings_.root, settings_.limit_bytes, settings_.low_disk_bytes) {
  std::error_code fault;
  fs::create_directories(settings_.root, fault);
  if (fault) throw FileError(fault.value(), "storage " + settings_.root.string());
  MakeFolders(settings_.root, temp_.path());
  RefreshUsage();
}

fs::path LocalStore::PathOf(const std::string& name) const {
  CheckBlobName(name);
  return settings_.root / name;
}

std::unique_ptr<jobs::BlobWriter> LocalStore::Create(const std::string& name,
                                                     int64_t expected_bytes) {
  const fs::path to = PathOf(name);
  fs::path temp = temp_.NewPath("write");
  temp += to.extension();
  return std::make_unique<LocalWriter>(
      std::move(temp), expected_bytes, [this](int64_t bytes) { room_.Reserve(bytes); },
      [this, to](const fs::path& file) { Publish(file, to); });
}

void LocalStore::Publish(const fs::path& from, const fs::path& to) {
  MakeFolders(settings_.root, to.parent_path());
  const int64_t replaced = BytesOfTree(to);
  const int64_t added = BytesOfTree(from);
  if (rename(from.c_str(), to.c_str()) != 0) throw FileError(errno, to.filename().string());
  SyncFolder(to.parent_path());
  room_.Add(added - replaced);
}

void LocalStore::Adopt(const fs::path& file, const std::string& name) {
  const fs::path to = PathOf(name);
  const jobs::UniqueFd source = OpenFile(file, O_RDONLY);
  struct stat from_status {
  }, to_status{};
  fstat(source.get(), &from_status);
  stat(temp_.path().c_str(), &to_status);
  if (from_status.st_dev == to_status.st_dev) {
    SyncFd(source.get(), file.filename().string());
    Publish(file, to);
    return;
  }
  const std::unique_ptr<jobs::BlobWriter> writer = Create(name, from_status.st_size);
  std::vector<std::byte> block(kCopyBytes);
  FileReader reader(OpenFile(file, O_RDONLY), 0, from_status.st_size);
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

std::unique_ptr<jobs::BlobReader> LocalStore::OpenRange(const std::string& name, int64_t first,
                                                        int64_t count) {
  const fs::path path = PathOf(name);
  if (!IsFile(path)) throw Error(ErrorCode::kNotFound, fmt::format("there is no blob {}", name));
  return std::make_unique<FileReader>(OpenFile(path, O_RDONLY | O_NOFOLLOW), first, count);
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
  const fs::path doomed = temp_.NewPath("delete");
  // First out of sight, at once: nobody finds half of it, or adds to it.
  if (rename(path.c_str(), doomed.c_str()) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return 0;
    throw FileError(errno, prefix);
  }
  SyncFolder(path.parent_path());
  const int64_t bytes = BytesOfTree(doomed);
  room_.Add(-bytes);
  std::error_code fault;
  fs::remove_all(doomed, fault);  // what remains, the sweeper takes
  return bytes;
}

int64_t LocalStore::BytesBelow(const std::string& prefix) { return BytesOfTree(PathOf(prefix)); }

void LocalStore::RefreshUsage() {
  room_.SetUsed(BytesBelow("jobs") + BytesBelow(std::string(jobs::kUploadsFolder)));
}

void LocalStore::CheckHealth() {
  const fs::path probe = temp_.NewPath("health");
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
