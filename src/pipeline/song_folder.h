// The folder of one song's results: written under a hidden name, shown under its own when all is
// there.
#pragma once

#include <filesystem>
#include <set>

namespace stemscribe::pipeline {

/// Owns the hidden folder until Publish; the destructor removes it otherwise. Not thread-safe.
class SongFolder {
 public:
  /// Makes a hidden folder in `output_dir` (which is made if it is not there).
  /// Throws Error{kIo} or Error{kStorageLimitExceeded} naming the folder.
  explicit SongFolder(const std::filesystem::path& output_dir);
  ~SongFolder();
  SongFolder(const SongFolder&) = delete;
  SongFolder& operator=(const SongFolder&) = delete;

  /// Where to write.
  const std::filesystem::path& path() const { return partial_; }

  /// Renames the folder to `output_dir`/`name`, or to "name-2", "name-3", … if that is taken. With
  /// `overwrite` it takes the place of an older folder, unless that is in `taken` (the results of
  /// other songs of the same run). Returns where it is now, and adds it to `taken`.
  std::filesystem::path Publish(const std::string& name, bool overwrite,
                                std::set<std::filesystem::path>& taken);

 private:
  std::filesystem::path output_dir_;
  std::filesystem::path partial_;
};

}  // namespace stemscribe::pipeline
