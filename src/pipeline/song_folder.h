// The folder of one song's results: written under a hidden name, shown under its own when all is
// there.
#pragma once

#include <filesystem>
#include <functional>
#include <set>

namespace stemscribe::pipeline {

/// What the system's renameat2 does with two paths: 0, or −1 and errno. Tests give another one.
using RenameFunction = std::function<int(const char* from, const char* to, unsigned flags)>;
int RenameAt2(const char* from, const char* to, unsigned flags);

/// Owns the hidden folder until Publish; the destructor removes it otherwise. Not thread-safe.
class SongFolder {
 public:
  /// Makes a hidden folder in `output_dir` (which is made if it is not there).
  /// Throws Error{kIo} or Error{kStorageLimitExceeded} naming the folder.
  explicit SongFolder(const std::filesystem::path& output_dir, RenameFunction rename = RenameAt2);
  ~SongFolder();
  SongFolder(const SongFolder&) = delete;
  SongFolder& operator=(const SongFolder&) = delete;

  /// Where to write.
  const std::filesystem::path& path() const { return partial_; }

  /// Renames the folder to `output_dir`/`name`, or to "name-2", "name-3", … if that is taken. With
  /// `overwrite` it takes the place of an older folder with a result.json, unless that is in
  /// `taken` (the results of other songs of the same run, and folders that hold its songs). Returns
  /// where it is now, and adds it to `taken`. Throws as the constructor does.
  std::filesystem::path Publish(const std::string& name, bool overwrite,
                                std::set<std::filesystem::path>& taken);

 private:
  bool Rename(const std::filesystem::path& from, const std::filesystem::path& to, unsigned flags);
  bool MoveTo(const std::filesystem::path& target);
  void TakePlaceOf(const std::filesystem::path& target);

  std::filesystem::path output_dir_;
  RenameFunction rename_;
  std::filesystem::path partial_;
};

}  // namespace stemscribe::pipeline
