#include "jobs/local_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "base/error.h"
#include "base/write_all.h"
#include "jobs/unique_fd.h"
#include "jobs/uuid.h"

namespace stemscribe::jobs {
namespace {

constexpr size_t kBlockBytes = 256 * 1024;

constexpr const char* kWhat = "a temporary copy of a blob";

}  // namespace

LocalCopy::LocalCopy(BlobStore& store, const std::string& name, TimePoint modified_at) {
  if (const auto local = store.LocalPath(name)) {
    path_ = *local;
    return;
  }
  const std::unique_ptr<BlobReader> reader = store.Open(name);
  path_ = std::filesystem::temp_directory_path() / ("stemscribe-" + NewUuid(SystemClock().Now()));
  path_ += std::filesystem::path(name).extension();
  const UniqueFd fd(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.is_open()) throw FileError(errno, kWhat);
  is_ours_ = true;
  try {
    std::vector<std::byte> block(kBlockBytes);
    while (const size_t count = reader->Read(block))
      WriteAll(fd.get(), std::span(block).first(count), kWhat);
  } catch (...) {
    unlink(path_.c_str());
    throw;
  }
  const auto sec = std::chrono::floor<std::chrono::seconds>(modified_at).time_since_epoch();
  const std::array<timespec, 2> times{timespec{sec.count(), 0}, timespec{sec.count(), 0}};
  futimens(fd.get(), times.data());
}

LocalCopy::~LocalCopy() {
  if (is_ours_) unlink(path_.c_str());
}

std::string ReadBlob(BlobStore& store, const std::string& name) {
  const std::unique_ptr<BlobReader> reader = store.Open(name);
  std::string text;
  std::vector<std::byte> block(kBlockBytes);
  while (const size_t count = reader->Read(block)) {
    text.append(reinterpret_cast<const char*>(block.data()), count);
  }
  return text;
}

}  // namespace stemscribe::jobs
