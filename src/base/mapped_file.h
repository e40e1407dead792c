// A file mapped into memory for reading.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace stemscribe {

/// The file must not be cut while it is mapped. Thread-safe.
class MappedFile {
 public:
  /// Throws Error{kIo} if the file is missing, empty or cannot be mapped.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

  /// Gives the memory of the pages back; those that are touched again come from the file again.
  void Evict() const;

 private:
  std::span<std::byte> bytes_;
};

}  // namespace stemscribe
