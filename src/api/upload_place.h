// What all requests share that bring songs.
#pragma once

#include <atomic>
#include <cstddef>

#include "api/context.h"
#include "api/file_type.h"

namespace stemscribe::api {

inline constexpr size_t kUploadBlockBytes = 256 * 1024;

struct Uploads {
  FileTypeDetector types{};
  std::atomic<int> taken{0};
};

/// One of the uploads that go on at once: each has buffers in memory.
class UploadPlace {
 public:
  /// Throws Error{kUnavailable} if all are taken, or the server shuts down.
  UploadPlace(Uploads& uploads, ApiContext& context) : taken_(uploads.taken) {
    if (context.draining) {
      throw Error(ErrorCode::kUnavailable, "the server is shutting down; try again soon");
    }
    if (++taken_ <= context.settings.max_uploads) return;
    --taken_;
    context.metrics.CountLimit("uploads");
    throw Error(ErrorCode::kUnavailable, "too many songs are being sent; try again soon");
  }
  ~UploadPlace() { --taken_; }
  UploadPlace(const UploadPlace&) = delete;
  UploadPlace& operator=(const UploadPlace&) = delete;

 private:
  std::atomic<int>& taken_;
};

}  // namespace stemscribe::api
