#include "pipeline/song_files.h"

#include <gtest/gtest.h>

#include <string>

#include "base/test_folder.h"

namespace stemscribe::pipeline {
namespace {

TEST(SongFilesTest, AFolderHasTheSongsBelowIt) {
  const TestFolder folder;
  for (const char* name :
       {"b.mp3", "A.FLAC", "cover.jpg", "notes.txt", ".hidden.mp3", "disc 2/c.ogg",
        "disc 2/deep/d.wav", ".trash/e.mp3", "song/result.json", "song/stems/vocals.mp3", "mp3"}) {
    folder.Write(name, "x");
  }
  std::filesystem::create_directories(folder / "folder.mp3");
  std::filesystem::create_directory_symlink(folder / "disc 2", folder / "again");
  std::vector<std::string> found;
  for (const auto& song : SongsIn(folder.path())) {
    found.push_back(song.lexically_relative(folder.path()).string());
  }
  EXPECT_EQ(found,
            (std::vector<std::string>{"A.FLAC", "b.mp3", "disc 2/c.ogg", "disc 2/deep/d.wav"}));
}

TEST(SongFilesTest, WhatIsNotThereHasNone) { EXPECT_TRUE(SongsIn("/nonexistent").empty()); }

}  // namespace
}  // namespace stemscribe::pipeline
