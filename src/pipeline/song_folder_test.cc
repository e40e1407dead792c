#include "pipeline/song_folder.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <functional>

#include "base/test_error.h"
#include "base/test_folder.h"

namespace stemscribe::pipeline {
namespace {
namespace fs = std::filesystem;

class SongFolderTest : public testing::Test {
 protected:
  fs::path Make(const std::string& content, bool overwrite) {
    SongFolder folder(dir_, rename_);
    std::ofstream(folder.path() / "content") << content;
    std::ofstream(folder.path() / "result.json") << "{}";
    return folder.Publish("song", overwrite, taken_);
  }
  static std::string Content(const fs::path& folder) {
    std::string content;
    std::ifstream(folder / "content") >> content;
    return content;
  }
  size_t NumEntries() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(dir_), {}));
  }

  const TestFolder folder_;
  const fs::path dir_ = folder_.path();
  std::set<fs::path> taken_;
  RenameFunction rename_ = RenameAt2;
};

/// As NFS does.
int RenameWithoutFlags(const char* from, const char* to, unsigned flags) {
  if (flags == 0) return RenameAt2(from, to, 0);
  errno = EINVAL;
  return -1;
}

TEST_F(SongFolderTest, TwoSongsOfOneNameNeverShareAFolder) {
  EXPECT_EQ(Make("a", false), dir_ / "song");
  EXPECT_EQ(Make("b", false), dir_ / "song-2");
  EXPECT_EQ(Make("c", true), dir_ / "song-3");  // of the same run: not overwritten either
  EXPECT_EQ(Content(dir_ / "song"), "a");
  EXPECT_EQ(Content(dir_ / "song-2"), "b");
  EXPECT_EQ(NumEntries(), 3U);
}

TEST_F(SongFolderTest, OverwriteReplacesTheFolderOfAnEarlierRun) {
  Make("old", false);
  taken_.clear();
  EXPECT_EQ(Make("new", true), dir_ / "song");
  EXPECT_EQ(Content(dir_ / "song"), "new");
  EXPECT_EQ(NumEntries(), 1U);
}

TEST_F(SongFolderTest, AFolderThatIsNoResultIsNeverReplaced) {
  fs::create_directory(dir_ / "song");
  std::ofstream(dir_ / "song" / "content") << "music";
  EXPECT_EQ(Make("new", true), dir_ / "song-2");
  EXPECT_EQ(Content(dir_ / "song"), "music");
}

TEST_F(SongFolderTest, NothingIsLeftOfAFolderThatWasNotPublished) {
  {
    SongFolder folder(dir_);
    std::ofstream(folder.path() / "content") << "half";
  }
  EXPECT_EQ(NumEntries(), 0U);
}

TEST_F(SongFolderTest, AFolderThatCannotBeMadeIsAnIoError) {
  std::ofstream(dir_ / "file") << "x";
  EXPECT_EQ(CodeOf([&] { SongFolder(dir_ / "file" / "below"); }), ErrorCode::kIo);
}

TEST_F(SongFolderTest, AFileSystemWithoutFlagsDoesTheSame) {
  rename_ = RenameWithoutFlags;
  EXPECT_EQ(Make("old", false), dir_ / "song");
  EXPECT_EQ(Make("b", false), dir_ / "song-2");
  taken_.clear();
  EXPECT_EQ(Make("new", true), dir_ / "song");
  EXPECT_EQ(Content(dir_ / "song"), "new");
  EXPECT_EQ(Content(dir_ / "song-2"), "b");
  EXPECT_EQ(NumEntries(), 2U);
}

TEST_F(SongFolderTest, AnOldFolderStaysIfItsPlaceCannotBeTaken) {
  Make("old", false);
  taken_.clear();
  int num_renames = 0;
  rename_ = [&](const char* from, const char* to, unsigned flags) {
    if (flags == 0 && ++num_renames == 2) {
      errno = EIO;
      return -1;
    }
    return RenameWithoutFlags(from, to, flags);
  };
  EXPECT_EQ(CodeOf([&] { Make("new", true); }), ErrorCode::kIo);
  EXPECT_EQ(Content(dir_ / "song"), "old");
  EXPECT_EQ(NumEntries(), 1U);
}

TEST_F(SongFolderTest, ThatAllHasVanishedIsAnIoError) {
  for (const bool overwrite : {false, true}) {
    SongFolder folder(dir_ / "output");
    fs::remove_all(dir_ / "output");
    EXPECT_EQ(CodeOf([&] { folder.Publish("song", overwrite, taken_); }), ErrorCode::kIo);
  }
}

}  // namespace
}  // namespace stemscribe::pipeline
