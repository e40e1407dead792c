#include "api/file_type.h"

#include <magic.h>

#include <algorithm>
#include <array>
#include <memory>
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

struct CloseMagic {
  void operator()(magic_set* cookie) const { magic_close(cookie); }
};

}  // namespace

std::string FileType(const std::filesystem::path& file) {
  const std::unique_ptr<magic_set, CloseMagic> cookie(magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR));
  if (!cookie || magic_load(cookie.get(), nullptr) != 0) {
    throw Error(ErrorCode::kInternal, "libmagic has no data");
  }
  const char* type = magic_file(cookie.get(), file.c_str());
  if (type == nullptr) throw Error(ErrorCode::kIo, "cannot read " + file.string());
  return type;
}

bool MayBeAudio(const std::string& type) {
  return type.starts_with("audio/") || type.starts_with("video/") ||
         std::find(kOthers.begin(), kOthers.end(), type) != kOthers.end();
}

}  // namespace stemscribe::api
