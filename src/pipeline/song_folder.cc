#include "pipeline/song_folder.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <string>
#include <system_error>

#include "base/error.h"

namespace stemscribe::pipeline {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void Throw(const std::string& what, const std::error_code& why) {
  const bool full = why == std::errc::no_space_on_device;
  throw Error(full ? ErrorCode::kStorageLimitExceeded : ErrorCode::kIo,
              what + ": " + why.message());
}

std::error_code LastError() { return {errno, std::generic_category()}; }

/// One atomic step. False if `to` exists and is not to be exchanged.
bool Rename(const fs::path& from, const fs::path& to, unsigned flags) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0) return true;
  if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOENT) return false;
  if (errno == EINVAL) {  // a file system that knows no flags
    if (fs::exists(to)) return false;
    if (rename(from.c_str(), to.c_str()) == 0) return true;
  }
  Throw("cannot write " + to.string(), LastError());
}

/// A new hidden folder. Its mode is that of any: what made it need not change it, which a sandbox
/// would not allow.
fs::path MakeFolder(const fs::path& parent) {
  constexpr mode_t kMode = 0755;
  std::random_device random;
  while (true) {
    fs::path folder = parent / (".stemscribe-" + std::to_string(random()));
    if (mkdir(folder.c_str(), kMode) == 0) return folder;
    if (errno != EEXIST) Throw("cannot write to " + parent.string(), LastError());
  }
}

}  // namespace

SongFolder::SongFolder(const fs::path& output_dir) : output_dir_(output_dir) {
  std::error_code error;
  fs::create_directories(output_dir_, error);
  if (error) Throw("cannot make the folder " + output_dir_.string(), error);
  partial_ = MakeFolder(output_dir_);
}

SongFolder::~SongFolder() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

fs::path SongFolder::Publish(const std::string& name, bool overwrite, std::set<fs::path>& taken) {
  for (int number = 1;; ++number) {
    const fs::path target =
        output_dir_ / (number == 1 ? name : name + "-" + std::to_string(number));
    if (Rename(partial_, target, RENAME_NOREPLACE)) {
      partial_.clear();
      taken.insert(target);
      return target;
    }
    const bool replaceable = overwrite && !taken.contains(target) && fs::is_directory(target);
    // Exchanged in one step: at any moment there is one whole folder of that name. The old one goes
    // with partial_.
    if (replaceable && Rename(partial_, target, RENAME_EXCHANGE)) {
      taken.insert(target);
      return target;
    }
  }
}

}  // namespace stemscribe::pipeline
