#include "base/write_all.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace stemscribe {

void WriteAll(int fd, std::span<const std::byte> data, const std::string& what) {
  while (!data.empty()) {
    const ssize_t written = write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw FileError(errno, what);
    data = data.subspan(static_cast<size_t>(written));
  }
}

}  // namespace stemscribe
