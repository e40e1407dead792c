// Writing to file descriptors.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace stemscribe {

/// Writes all of `data`. Throws FileError.
void WriteAll(int fd, std::span<const std::byte> data, const std::string& what);

}  // namespace stemscribe
