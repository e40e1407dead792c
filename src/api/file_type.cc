#include "api/file_type.h"

#include <magic.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"

namespace stemscribe::api {
namespace {

// Containers that libmagic does not file under audio/ or video/, and what it calls data it does not
// know.
constexpr std::array<std::string_view, 8> kOthers = {
    "application/ogg",        "application/octet-stream", "application/vnd.ms-asf",
    "application/x-matroska", "application/mxf",          "application/vnd.rn-realmedia",
    "application/x-riff",     "application/mp4"};

}  // namespace

void FileTypeDetector::Close::operator()(magic_set* cookie) const { magic_close(cookie); }

FileTypeDetector::FileTypeDetector() : cookie_(magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR)) {
  if (!cookie_ || magic_load(cookie_.get(), nullptr) != 0) {
    throw Error(ErrorCode::kInternal, "libmagic has no data");
  }
}

std::string FileTypeDetector::Detect(std::span<const std::byte> head) {
  std::lock_guard lock(mutex_);
  const char* type = magic_buffer(cookie_.get(), head.data(), head.size());
  if (type == nullptr) throw Error(ErrorCode::kInternal, "libmagic cannot tell the type");
  return type;
}

bool MayBeAudio(const std::string& type) {
  return type.starts_with("audio/") || type.starts_with("video/") ||
         std::find(kOthers.begin(), kOthers.end(), type) != kOthers.end();
}

}  // namespace stemscribe::api
