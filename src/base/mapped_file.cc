#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace stemscribe {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Error(ErrorCode::kIo, "cannot read " + path.string());
  std::error_code fault;
  const size_t size = std::filesystem::file_size(path, fault);
  void* start = fault ? MAP_FAILED : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (!fault && start == MAP_FAILED) fault.assign(errno, std::generic_category());
  close(fd);
  if (fault) throw FileError(fault.value(), "cannot map " + path.string());
  bytes_ = {static_cast<std::byte*>(start), size};
}

MappedFile::~MappedFile() { munmap(bytes_.data(), bytes_.size()); }

void MappedFile::Evict() const { madvise(bytes_.data(), bytes_.size(), MADV_DONTNEED); }

}  // namespace stemscribe
