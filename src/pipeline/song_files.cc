#include "pipeline/song_files.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <system_error>

namespace stemscribe::pipeline {
namespace fs = std::filesystem;
namespace {

bool HasSongName(const fs::path& file) {
  static const std::set<std::string> kExtensions = {
      ".mp3",  ".wav", ".wave", ".flac", ".m4a",  ".mp4",  ".aac", ".ogg", ".oga",
      ".opus", ".wma", ".aif",  ".aiff", ".aifc", ".webm", ".w64", ".caf", ".mka"};
  std::string extension = file.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return kExtensions.contains(extension);
}

bool IsHidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

}  // namespace

std::vector<fs::path> SongsIn(const fs::path& folder) {
  std::vector<fs::path> songs;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      const bool is_ours = fs::exists(entry->path() / "result.json", ignored);
      if (is_ours || IsHidden(entry->path())) entry.disable_recursion_pending();
    } else if (entry->is_regular_file(ignored) && HasSongName(entry->path()) &&
               !IsHidden(entry->path())) {
      songs.push_back(entry->path());
    }
  }
  std::sort(songs.begin(), songs.end());
  return songs;
}

}  // namespace stemscribe::pipeline
