#include "pipeline/sample_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/error.h"
#include "base/write_all.h"

namespace stemscribe::pipeline {

SampleSpool::SampleSpool(const std::filesystem::path& folder) {
  std::string name = (folder / ".samples-XXXXXX").string();
  fd_ = mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) throw FileError(errno, "cannot write to " + folder.string());
  unlink(name.c_str());
}

SampleSpool::~SampleSpool() { close(fd_); }

void SampleSpool::Append(std::span<const float> samples) {
  WriteAll(fd_, std::as_bytes(samples), "cannot write a temporary file");
  num_samples_ += static_cast<int64_t>(samples.size());
}

size_t SampleSpool::Read(int64_t offset, std::span<float> out) const {
  const int64_t left = std::max<int64_t>(0, num_samples_ - offset);
  const size_t wanted = std::min(out.size(), static_cast<size_t>(left));
  std::span<std::byte> bytes = std::as_writable_bytes(out.first(wanted));
  auto position = static_cast<off_t>(offset) * static_cast<off_t>(sizeof(float));
  while (!bytes.empty()) {
    const ssize_t got = pread(fd_, bytes.data(), bytes.size(), position);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw FileError(errno, "cannot read a temporary file");
    bytes = bytes.subspan(static_cast<size_t>(got));
    position += got;
  }
  return wanted;
}

}  // namespace stemscribe::pipeline
