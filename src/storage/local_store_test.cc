#include "storage/local_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

#include "base/error.h"
#include "base/test_error.h"
#include "base/test_folder.h"
#include "base/write_all.h"
#include "jobs/clock.h"
#include "jobs/uuid.h"
#include "storage/file_io.h"

namespace stemscribe::storage {
namespace {

namespace fs = std::filesystem;
using jobs::BlobInfo;
using testing::ElementsAre;
using testing::IsEmpty;

class LocalStoreTest : public testing::Test {
 protected:
  static void Write(jobs::BlobStore& store, const std::string& name, const std::string& text) {
    const auto writer = store.Create(name, 0);
    writer->Write(std::as_bytes(std::span(text)));
    writer->Commit();
  }
  void Write(const std::string& name, const std::string& text) { Write(store_, name, text); }

  std::string Read(const std::string& name) {
    const auto reader = store_.Open(name);
    std::string text;
    std::vector<std::byte> block(3);  // smaller than the blob: more than one read
    while (const size_t count = reader->Read(block)) {
      text.append(reinterpret_cast<const char*>(block.data()), count);
    }
    return text;
  }

  std::vector<std::string> Names(const std::string& prefix) {
    std::vector<std::string> names;
    for (const BlobInfo& blob : store_.List(prefix)) names.push_back(blob.name);
    return names;
  }

  bool TempIsEmpty() const { return fs::is_empty(root_ / ".tmp"); }

  TestFolder folder_;
  const fs::path root_ = folder_.path() / "storage";
  LocalStore store_{{.root = root_}};
};

TEST_F(LocalStoreTest, ABlobIsThereAfterCommitOnly) {
  const auto writer = store_.Create("jobs/a/input/song.mp3", 5);
  const std::string text = "hello";
  writer->Write(std::as_bytes(std::span(text)));
  EXPECT_EQ(writer->bytes_written(), 5);
  EXPECT_FALSE(store_.Stat("jobs/a/input/song.mp3"));
  writer->Commit();
  EXPECT_EQ(store_.Stat("jobs/a/input/song.mp3")->bytes, 5);
  EXPECT_EQ(Read("jobs/a/input/song.mp3"), "hello");
  EXPECT_EQ(*store_.LocalPath("jobs/a/input/song.mp3"), root_ / "jobs/a/input/song.mp3");
  EXPECT_TRUE(TempIsEmpty());
}

TEST_F(LocalStoreTest, AWriterThatIsDroppedLeavesNothing) {
  store_.Create("jobs/a/x", 1000)->Write(std::vector<std::byte>(100));
  EXPECT_TRUE(TempIsEmpty());
  EXPECT_FALSE(fs::exists(root_ / "jobs"));
  EXPECT_EQ(store_.Usage().used_bytes, 0);
}

TEST_F(LocalStoreTest, NamesThatLeadElsewhereAreRefused) {
  folder_.Write("secret", "x");
  for (const std::string& name :
       {std::string(), std::string("/etc/passwd"), std::string("../secret"),
        std::string("jobs/../../secret"), std::string("jobs//a"), std::string("jobs/./a"),
        std::string("jobs/a/"), std::string("jobs\\a"), std::string("jobs/a\n"),
        std::string("jobs/\0a", 7), std::string(513, 'a')}) {
    EXPECT_EQ(CodeOf([&] { store_.Create(name, 0); }), ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(CodeOf([&] { store_.Open(name); }), ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(CodeOf([&] { store_.DeletePrefix(name); }), ErrorCode::kInvalidArgument) << name;
  }
}

TEST_F(LocalStoreTest, ALinkIsNoBlob) {
  folder_.Write("secret", "x");
  Write("jobs/a/real", "1");
  fs::create_symlink(folder_.path() / "secret", root_ / "jobs/a/link");
  EXPECT_FALSE(store_.LocalPath("jobs/a/link"));
  EXPECT_EQ(CodeOf([&] { store_.Open("jobs/a/link"); }), ErrorCode::kNotFound);
  EXPECT_THAT(Names("jobs/a"), ElementsAre("jobs/a/real"));
}

TEST_F(LocalStoreTest, ListsAndSizes) {
  Write("jobs/b/x", "12");
  Write("jobs/a/.attempt-1/y", "123");
  Write("jobs/a/x", "1");
  EXPECT_THAT(Names("jobs"), ElementsAre("jobs/a/.attempt-1/y", "jobs/a/x", "jobs/b/x"));
  EXPECT_THAT(store_.ListFolders("jobs"), ElementsAre("a", "b"));
  EXPECT_THAT(store_.ListFolders("jobs/a"), ElementsAre(".attempt-1"));
  EXPECT_THAT(store_.ListFolders("missing"), IsEmpty());
  EXPECT_EQ(store_.BytesBelow("jobs/a"), 4);
  EXPECT_TRUE(store_.FolderModifiedAt("jobs/a"));
  EXPECT_FALSE(store_.FolderModifiedAt("jobs/c"));
}

TEST_F(LocalStoreTest, AFolderIsMovedOnceHoweverOftenThatIsSaid) {
  Write("jobs/a/.attempt-1/separated/x", "1");
  store_.MoveFolder("jobs/a/.attempt-1/separated", "jobs/a/separated");
  store_.MoveFolder("jobs/a/.attempt-1/separated", "jobs/a/separated");
  EXPECT_THAT(Names("jobs/a"), ElementsAre("jobs/a/separated/x"));
  EXPECT_EQ(CodeOf([&] { store_.MoveFolder("jobs/a/x", "jobs/a/y"); }), ErrorCode::kNotFound);
  Write("jobs/a/.attempt-2/separated/other", "2");
  EXPECT_THROW(store_.MoveFolder("jobs/a/.attempt-2/separated", "jobs/a/separated"), Error)
      << "what is published is never replaced";
}

TEST_F(LocalStoreTest, UsageFollowsEveryChange) {
  Write("jobs/a/x", "12345");
  Write("jobs/a/x", "123");  // replaces
  Write("jobs/b/y", "1234567");
  EXPECT_EQ(store_.Usage().used_bytes, 10);
  {
    const auto writer = store_.Create("jobs/c/z", 1000);
    EXPECT_EQ(store_.Usage().used_bytes, 1010) << "reserved";
  }
  store_.Adopt(folder_.Write("file", "1234"), "jobs/b/adopted");
  EXPECT_EQ(store_.Usage().used_bytes, 14);
  EXPECT_EQ(store_.DeletePrefix("jobs/b"), 11);
  EXPECT_EQ(store_.DeletePrefix("jobs/b"), 0);
  EXPECT_EQ(store_.Usage().used_bytes, 3);
  fs::remove(root_ / "jobs/a/x");
  store_.RefreshUsage();
  EXPECT_EQ(store_.Usage().used_bytes, 0);
  EXPECT_TRUE(TempIsEmpty());
}

TEST_F(LocalStoreTest, ANewStoreCountsWhatIsThere) {
  Write("jobs/a/x", "12345");
  EXPECT_EQ(LocalStore({.root = root_}).Usage().used_bytes, 5);
}

TEST_F(LocalStoreTest, AdoptedFilesAreGoneFromWhereTheyWere) {
  const fs::path file = folder_.Write("file", "text");
  store_.Adopt(file, "jobs/a/chords/chords.json");
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(Read("jobs/a/chords/chords.json"), "text");
}

TEST_F(LocalStoreTest, AdoptsFromAnotherFileSystem) {
  const fs::path file =
      fs::path("/dev/shm") / ("stemscribe-test-" + jobs::NewUuid(jobs::SystemClock().Now()));
  std::ofstream(file) << "text";
  if (!fs::exists(file)) GTEST_SKIP() << "there is no other file system to write to";
  store_.Adopt(file, "jobs/a/x");
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(Read("jobs/a/x"), "text");
  EXPECT_TRUE(TempIsEmpty());
}

TEST_F(LocalStoreTest, TheLimitRefusesBeforeAndDuringAWrite) {
  LocalStore store({.root = root_, .limit_bytes = 20 << 20});
  EXPECT_FALSE(store.Usage().low);
  EXPECT_EQ(CodeOf([&] { store.Create("jobs/a/x", 21 << 20); }), ErrorCode::kStorageLimitExceeded);
  EXPECT_EQ(CodeOf([&] { store.CheckRoom(21 << 20); }), ErrorCode::kStorageLimitExceeded);
  {
    const auto writer = store.Create("jobs/a/x", 0);  // a length that was not told
    const std::vector<std::byte> block(1 << 20);
    EXPECT_EQ(CodeOf([&] {
                for (int i = 0; i < 25; ++i) writer->Write(block);
              }),
              ErrorCode::kStorageLimitExceeded);
  }
  EXPECT_TRUE(TempIsEmpty());
  EXPECT_EQ(store.Usage().used_bytes, 0);
  const auto first = store.Create("jobs/a/x", 15 << 20);
  EXPECT_EQ(CodeOf([&] { store.Create("jobs/a/y", 15 << 20); }), ErrorCode::kStorageLimitExceeded)
      << "what others have reserved counts";
  const auto second = store.Create("jobs/a/y", 5 << 20);
  EXPECT_TRUE(store.Usage().low);
}

TEST_F(LocalStoreTest, ALowDiskRefuses) {
  LocalStore store({.root = root_, .low_disk_bytes = int64_t{1} << 60});
  EXPECT_TRUE(store.Usage().low);
  EXPECT_EQ(CodeOf([&] { store.Create("jobs/a/x", 1); }), ErrorCode::kStorageLimitExceeded);
}

TEST_F(LocalStoreTest, AFullDiskIsAStorageError) {
  const jobs::UniqueFd full = OpenFile("/dev/full", O_WRONLY);
  const std::vector<std::byte> data(10);
  EXPECT_EQ(CodeOf([&] { WriteAll(full.get(), data, "x"); }), ErrorCode::kStorageLimitExceeded);
}

// The kernel refuses to write on in the middle, as a full disk does.
TEST_F(LocalStoreTest, AWriteThatBreaksOffLeavesNothing) {
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1 << 20, 1 << 20};
    setrlimit(RLIMIT_FSIZE, &limit);
    int exit_code = 1;
    try {
      const auto writer = store_.Create("jobs/a/x", 0);
      for (int i = 0; i < 30; ++i) writer->Write(std::vector<std::byte>(100'000));
    } catch (const Error& error) {
      exit_code = error.code() == ErrorCode::kStorageLimitExceeded ? 0 : 2;
    }
    _exit(exit_code);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(TempIsEmpty());
}

TEST_F(LocalStoreTest, WhatDeadWritersLeftIsSweptAndLiveOnesAreLeft) {
  const auto writer = store_.Create("jobs/a/x", 0);
  folder_.Write("storage/.tmp/write-dead", "123");
  folder_.Write("storage/.tmp/delete-dead/sub/y", "1234");
  for (const bool dry_run : {true, false}) {
    const auto stale = store_.SweepTemporary(std::chrono::hours(1), std::chrono::hours(1), dry_run);
    ASSERT_EQ(stale.size(), 2u);
    EXPECT_EQ(stale[0].bytes + stale[1].bytes, 7);
    EXPECT_EQ(fs::exists(root_ / ".tmp/write-dead"), dry_run);
    EXPECT_EQ(fs::exists(root_ / ".tmp/delete-dead"), dry_run);
  }
  writer->Commit();
  EXPECT_TRUE(store_.Stat("jobs/a/x"));
}

TEST_F(LocalStoreTest, ManyWritersDoNotDisturbEachOther) {
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([this, i] {
        for (int k = 0; k < 10; ++k) {
          Write("jobs/shared/" + std::to_string(i) + "-" + std::to_string(k), "1234567890");
        }
      });
    }
  }
  EXPECT_EQ(store_.List("jobs/shared").size(), 80u);
  EXPECT_EQ(store_.Usage().used_bytes, 800);
}

TEST_F(LocalStoreTest, HealthNeedsAFolderToWriteTo) {
  store_.CheckHealth();
  EXPECT_TRUE(TempIsEmpty());
  fs::remove_all(root_ / ".tmp");
  EXPECT_EQ(CodeOf([&] { store_.CheckHealth(); }), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace stemscribe::storage
