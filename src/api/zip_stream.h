// A ZIP of some files, made while it is sent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stemscribe::api {

struct ZipEntry {
  std::string name;  // inside the archive, with slashes
  std::filesystem::path file;
};

/// By libarchive; stored without compression, as audio does not shrink. Blocking, for the pool; not
/// thread-safe. Memory does not depend on the files.
class ZipStream {
 public:
  explicit ZipStream(std::vector<ZipEntry> entries);
  ~ZipStream();

  /// The next piece of the archive, some 256 kB; nullopt at the end. Throws Error{kIo}.
  std::optional<std::string> Next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::api
