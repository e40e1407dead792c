// What a file is by its first bytes (libmagic), so that what is plainly no audio is refused with
// its true name.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>

struct magic_set;

namespace stemscribe::api {

/// Holds libmagic's data, some 7 MB, once for all. Thread-safe.
class FileTypeDetector {
 public:
  /// Throws Error{kInternal} if libmagic has no data.
  FileTypeDetector();

  /// The MIME type, such as "audio/mpeg", of what begins with `head`. Takes milliseconds. Throws
  /// Error{kInternal}.
  std::string Detect(std::span<const std::byte> head);

 private:
  struct Close {
    void operator()(magic_set* cookie) const;
  };

  std::mutex mutex_;  // guards cookie_
  const std::unique_ptr<magic_set, Close> cookie_;
};

/// Whether a file of this type may hold audio. Unknown data may: some MP3s look like nothing at
/// all.
bool MayBeAudio(const std::string& type);

}  // namespace stemscribe::api
