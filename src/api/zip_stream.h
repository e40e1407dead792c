// A ZIP of some blobs, made while it is sent.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jobs/blob_store.h"

namespace stemscribe::api {

struct ZipEntry {
  std::string name;  // inside the archive, with slashes
  int64_t bytes = 0;
  jobs::TimePoint modified_at{};
  std::function<std::unique_ptr<jobs::BlobReader>()> open;  // when it is its turn
};

/// By libarchive; stored without compression, as audio does not shrink. Blocking, for the pool; not
/// thread-safe. Memory does not depend on the blobs.
class ZipStream {
 public:
  explicit ZipStream(std::vector<ZipEntry> entries);
  ~ZipStream();

  /// The next piece of the archive, some 256 kB; nullopt at the end. Throws Error{kIo}, and as
  /// `open` and the readers.
  std::optional<std::string> Next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::api
