#include "pipeline/song_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe::pipeline {
namespace {
namespace fs = std::filesystem;

class SongFolderTest : public testing::Test {
 protected:
  fs::path Make(const std::string& content, bool overwrite) {
    SongFolder folder(dir_);
    std::ofstream(folder.path() / "content") << content;
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
};

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

TEST_F(SongFolderTest, NothingIsLeftOfAFolderThatWasNotPublished) {
  {
    SongFolder folder(dir_);
    std::ofstream(folder.path() / "content") << "half";
  }
  EXPECT_EQ(NumEntries(), 0U);
}

TEST_F(SongFolderTest, AFolderThatCannotBeMadeIsAnIoError) {
  std::ofstream(dir_ / "file") << "x";
  try {
    SongFolder folder(dir_ / "file" / "below");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
  }
}

}  // namespace
}  // namespace stemscribe::pipeline
