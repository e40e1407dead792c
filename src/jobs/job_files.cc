#include "jobs/job_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "jobs/uuid.h"

namespace stemscribe::jobs {
namespace {

constexpr size_t kMaxExtension = 8;

/// ".mp3" of "My Song.MP3"; empty if it is not a short one of letters and digits.
std::string PlainExtension(std::string_view filename) {
  const size_t dot = filename.rfind('.');
  if (dot == std::string_view::npos) return "";
  std::string extension(filename.substr(dot + 1));
  if (extension.empty() || extension.size() > kMaxExtension) return "";
  for (char& c : extension) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) == 0) return "";
    c = static_cast<char>(std::tolower(byte));
  }
  return "." + extension;
}

}  // namespace

std::string JobPrefix(std::string_view id) {
  if (!IsUuid(id)) throw Error(ErrorCode::kInvalidArgument, "a job id is a UUID");
  return fmt::format("jobs/{}", id);
}

std::string InputBlob(std::string_view id, std::string_view user_filename) {
  return fmt::format("{}/input/song{}", JobPrefix(id), PlainExtension(user_filename));
}

std::string AttemptPrefix(std::string_view id, int64_t attempt) {
  return fmt::format("{}/.attempt-{}", JobPrefix(id), attempt);
}

std::string ArtefactBlob(std::string_view id, std::string_view path) {
  return fmt::format("{}/{}", JobPrefix(id), path);
}

}  // namespace stemscribe::jobs
