#include "pipeline/song_folder.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace stemscribe::pipeline {
namespace fs = std::filesystem;
namespace {

/// Many file systems that a network or FUSE is behind know no flags of renameat2.
bool HasNoFlags(int error) { return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP; }

fs::path HiddenName(const fs::path& parent) {
  std::random_device random;
  return parent / (".stemscribe-" + std::to_string(random()));
}

/// A new hidden folder. Its mode is that of any: what made it need not change it, which a sandbox
/// would not allow.
fs::path MakeFolder(const fs::path& parent) {
  constexpr mode_t kMode = 0755;
  while (true) {
    fs::path folder = HiddenName(parent);
    if (mkdir(folder.c_str(), kMode) == 0) return folder;
    if (errno != EEXIST) throw FileError(errno, "cannot write to " + parent.string());
  }
}

}  // namespace

int RenameAt2(const char* from, const char* to, unsigned flags) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags);
}

SongFolder::SongFolder(const fs::path& output_dir, RenameFunction rename)
    : output_dir_(output_dir), rename_(std::move(rename)) {
  std::error_code error;
  fs::create_directories(output_dir_, error);
  if (error) throw FileError(error.value(), "cannot make the folder " + output_dir_.string());
  partial_ = MakeFolder(output_dir_);
}

SongFolder::~SongFolder() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

/// False where the file system does not know the flags.
bool SongFolder::Rename(const fs::path& from, const fs::path& to, unsigned flags) {
  if (rename_(from.c_str(), to.c_str(), flags) == 0) return true;
  if (flags != 0 && HasNoFlags(errno)) return false;
  throw FileError(errno, "cannot write " + to.string());
}

/// False if something of that name exists.
bool SongFolder::MoveTo(const fs::path& target) {
  if (fs::exists(fs::symlink_status(target))) return false;
  try {
    if (!Rename(partial_, target, RENAME_NOREPLACE)) Rename(partial_, target, 0);
  } catch (const Error&) {
    if (fs::exists(fs::symlink_status(target))) return false;  // since now
    throw;
  }
  partial_.clear();
  return true;
}

/// Afterwards `partial_` is what was there, and goes with this object. In one step, so that at any
/// moment there is one whole folder of that name; in two where the file system knows no such step.
void SongFolder::TakePlaceOf(const fs::path& target) {
  if (Rename(partial_, target, RENAME_EXCHANGE)) return;
  const fs::path old = HiddenName(output_dir_);
  Rename(target, old, 0);
  try {
    Rename(partial_, target, 0);
  } catch (const Error&) {
    Rename(old, target, 0);
    throw;
  }
  partial_ = old;
}

fs::path SongFolder::Publish(const std::string& name, bool overwrite, std::set<fs::path>& taken) {
  for (int number = 1;; ++number) {
    const fs::path target =
        output_dir_ / (number == 1 ? name : name + "-" + std::to_string(number));
    if (!MoveTo(target)) {
      // Only what an earlier run made: anything else of that name may be the user's music.
      const bool is_result = fs::is_regular_file(target / "result.json");
      if (!overwrite || !is_result || taken.contains(target)) continue;
      TakePlaceOf(target);
    }
    taken.insert(target);
    return target;
  }
}

}  // namespace stemscribe::pipeline
