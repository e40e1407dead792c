// What a file is by its first bytes (libmagic), so that what is plainly no audio is refused with
// its true name.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

struct magic_set;

namespace stemscribe::api {

/// Holds libmagic's data, some 7 MB, once for all. Thread-safe.
class FileTypeDetector {
 public:
  /// Throws Error{kInternal} if libmagic has no data.
  FileTypeDetector();

  /// The MIME type, such as "audio/mpeg". Blocks. Throws Error{kIo}.
  std::string Detect(const std::filesystem::path& file);

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
