// What every BlobStore must do, on the local disk and in a bucket.
#include "jobs/blob_store.h"

#include <gmock/gmock.h>

#include <functional>
#include <thread>

#include "base/test_error.h"
#include "base/test_folder.h"
#include "storage/local_store.h"
#include "storage/s3/s3_store.h"
#include "storage/s3/s3_test_server.h"

namespace stemscribe::storage {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

/// Bytes that differ from place to place.
std::string Noise(size_t bytes) {
  std::string text(bytes, '\0');
  uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

class BlobStoreTest : public testing::TestWithParam<bool> {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<S3TestServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    ASSERT_TRUE(server_->server().is_running())
        << "run tools/setup.sh test: the S3 server is missing";
    store_ = Open(0);
  }

  std::unique_ptr<jobs::BlobStore> Open(int64_t limit_bytes) const {
    if (!GetParam()) {
      return std::make_unique<LocalStore>(
          LocalStoreSettings{.root = folder_.path() / "storage", .limit_bytes = limit_bytes});
    }
    S3Settings settings = server_->Settings();
    settings.prefix = folder_.path().filename().string();  // of this test alone
    settings.limit_bytes = limit_bytes;
    return std::make_unique<S3Store>(settings);
  }

  void Write(const std::string& name, const std::string& text) const {
    const auto writer = store_->Create(name, 0);
    writer->Write(std::as_bytes(std::span(text)));
    writer->Commit();
  }

  static std::string ReadAll(jobs::BlobReader& reader, size_t block_bytes = 100'000) {
    std::string text;
    std::vector<std::byte> block(block_bytes);
    while (const size_t count = reader.Read(block)) {
      text.append(reinterpret_cast<const char*>(block.data()), count);
    }
    return text;
  }
  std::string Read(const std::string& name) const { return ReadAll(*store_->Open(name)); }

  std::vector<std::string> Names(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const jobs::BlobInfo& blob : store_->List(prefix)) names.push_back(blob.name);
    return names;
  }

  static inline std::unique_ptr<S3TestServer> server_;
  TestFolder folder_;
  std::unique_ptr<jobs::BlobStore> store_;
};

INSTANTIATE_TEST_SUITE_P(, BlobStoreTest, testing::Bool(), [](const auto& param) {
  return param.param ? std::string("Bucket") : std::string("Disk");
});

TEST_P(BlobStoreTest, ABlobIsThereAfterCommitOnly) {
  const auto writer = store_->Create("jobs/a/input/song.mp3", 5);
  const std::string text = "hello";
  writer->Write(std::as_bytes(std::span(text)));
  EXPECT_EQ(writer->bytes_written(), 5);
  EXPECT_FALSE(store_->Stat("jobs/a/input/song.mp3"));
  EXPECT_EQ(ReadText(writer->LocalFile()), "hello");
  EXPECT_EQ(writer->LocalFile().extension(), ".mp3");
  const jobs::TimePoint before = jobs::SystemClock().Now() - std::chrono::seconds(2);
  writer->Commit();
  EXPECT_EQ(store_->Stat("jobs/a/input/song.mp3")->bytes, 5);
  EXPECT_GE(store_->Stat("jobs/a/input/song.mp3")->modified_at, before);
  EXPECT_EQ(Read("jobs/a/input/song.mp3"), "hello");
}

TEST_P(BlobStoreTest, ALargeBlobIsWrittenAndReadInPieces) {
  const std::string text = Noise((11 << 20) + 17);  // three parts, eleven ranges and a bit
  const auto writer = store_->Create("jobs/a/large", 0);
  constexpr size_t kPiece = 777'777;
  for (size_t at = 0; at < text.size(); at += kPiece) {
    writer->Write(std::as_bytes(std::span(text).subspan(at, std::min(kPiece, text.size() - at))));
  }
  EXPECT_FALSE(store_->Stat("jobs/a/large"));
  writer->Commit();
  EXPECT_TRUE(Read("jobs/a/large") == text);
  store_->Adopt(folder_.Write("file", text), "jobs/a/adopted");
  EXPECT_FALSE(fs::exists(folder_.path() / "file"));
  EXPECT_TRUE(Read("jobs/a/adopted") == text);
  EXPECT_THAT(store_->SweepTemporary({}, {}, /*dry_run=*/true), IsEmpty());
}

TEST_P(BlobStoreTest, RangesAreRead) {
  const std::string text = Noise(3'000'000);
  Write("jobs/a/x", text);
  const auto range = [&](int64_t first, int64_t count) {
    return ReadAll(*store_->OpenRange("jobs/a/x", first, count));
  };
  EXPECT_TRUE(range(0, 10) == text.substr(0, 10));
  EXPECT_TRUE(range(1'000'000, 1'500'000) == text.substr(1'000'000, 1'500'000));
  EXPECT_TRUE(range(2'999'990, 1000) == text.substr(2'999'990));
  EXPECT_EQ(range(3'000'000, 10), "");
  EXPECT_EQ(CodeOf([&] { store_->OpenRange("jobs/a/y", 0, 10); }), ErrorCode::kNotFound);
}

TEST_P(BlobStoreTest, AnEmptyBlobIsOne) {
  Write("jobs/a/empty", "");
  EXPECT_EQ(store_->Stat("jobs/a/empty")->bytes, 0);
  EXPECT_EQ(Read("jobs/a/empty"), "");
}

TEST_P(BlobStoreTest, AWriterThatIsDroppedLeavesNothing) {
  const std::string large = Noise(6 << 20);
  store_->Create("jobs/a/x", 1000)->Write(std::as_bytes(std::span(large)));
  EXPECT_FALSE(store_->Stat("jobs/a/x"));
  EXPECT_THAT(store_->SweepTemporary({}, {}, /*dry_run=*/true), IsEmpty());
}

TEST_P(BlobStoreTest, ACommitReplaces) {
  Write("jobs/a/x", "12345");
  Write("jobs/a/x", "123");
  EXPECT_EQ(Read("jobs/a/x"), "123");
}

TEST_P(BlobStoreTest, NamesThatLeadElsewhereAreRefused) {
  for (const std::string& name :
       {std::string(), std::string("/etc/passwd"), std::string("../secret"),
        std::string("jobs/../../secret"), std::string("jobs//a"), std::string("jobs/./a"),
        std::string("jobs/a/"), std::string("jobs\\a"), std::string("jobs/a\n"),
        std::string("jobs/\0a", 7), std::string(513, 'a')}) {
    EXPECT_EQ(CodeOf([&] { store_->Create(name, 0); }), ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(CodeOf([&] { store_->Open(name); }), ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(CodeOf([&] { store_->DeletePrefix(name); }), ErrorCode::kInvalidArgument) << name;
  }
}

TEST_P(BlobStoreTest, NamesMayHoldWhatUrlsAndXmlEscape) {
  const std::string name = "jobs/a/ü & <b> %2F+~'\"?#=.mp3";
  Write(name, "text");
  EXPECT_EQ(Read(name), "text");
  EXPECT_THAT(Names("jobs/a"), ElementsAre(name));
  store_->MoveFolder("jobs/a", "jobs/b c&d");
  EXPECT_THAT(Names("jobs/b c&d"), ElementsAre("jobs/b c&d" + name.substr(6)));
  EXPECT_EQ(store_->DeletePrefix("jobs/b c&d"), 4);
  EXPECT_THAT(Names("jobs"), IsEmpty());
}

TEST_P(BlobStoreTest, ListsAndSizes) {
  Write("jobs/b/x", "12");
  Write("jobs/a/.attempt-1/y", "123");
  Write("jobs/a/x", "1");
  Write("jobs/ab", "1234");
  EXPECT_THAT(Names("jobs"), ElementsAre("jobs/a/.attempt-1/y", "jobs/a/x", "jobs/ab", "jobs/b/x"));
  EXPECT_THAT(Names("jobs/a"), ElementsAre("jobs/a/.attempt-1/y", "jobs/a/x"));
  EXPECT_THAT(store_->ListFolders("jobs"), ElementsAre("a", "b"));
  EXPECT_THAT(store_->ListFolders("jobs/a"), ElementsAre(".attempt-1"));
  EXPECT_THAT(store_->ListFolders("missing"), IsEmpty());
  EXPECT_EQ(store_->BytesBelow("jobs/a"), 4);
  EXPECT_TRUE(store_->FolderModifiedAt("jobs/a"));
  EXPECT_FALSE(store_->FolderModifiedAt("jobs/c"));
  EXPECT_EQ(store_->DeletePrefix("jobs/a"), 4);
  EXPECT_EQ(store_->DeletePrefix("jobs/a"), 0);
  EXPECT_THAT(Names("jobs"), ElementsAre("jobs/ab", "jobs/b/x"));
}

TEST_P(BlobStoreTest, AFolderIsMovedOnceHoweverOftenThatIsSaid) {
  Write("jobs/a/.attempt-1/separated/x", "1");
  Write("jobs/a/.attempt-1/separated/y", "2");
  store_->MoveFolder("jobs/a/.attempt-1/separated", "jobs/a/separated");
  store_->MoveFolder("jobs/a/.attempt-1/separated", "jobs/a/separated");
  EXPECT_THAT(Names("jobs/a"), ElementsAre("jobs/a/separated/x", "jobs/a/separated/y"));
  EXPECT_EQ(Read("jobs/a/separated/y"), "2");
  EXPECT_EQ(CodeOf([&] { store_->MoveFolder("jobs/a/x", "jobs/a/y"); }), ErrorCode::kNotFound);
}

TEST_P(BlobStoreTest, TheLimitRefusesBeforeAndDuringAWrite) {
  store_ = Open(20 << 20);
  EXPECT_EQ(CodeOf([&] { store_->Create("jobs/a/x", 21 << 20); }),
            ErrorCode::kStorageLimitExceeded);
  {
    const auto writer = store_->Create("jobs/a/x", 0);  // a length that was not told
    const std::vector<std::byte> block(1 << 20);
    EXPECT_EQ(CodeOf([&] {
                for (int i = 0; i < 25; ++i) writer->Write(block);
              }),
              ErrorCode::kStorageLimitExceeded);
  }
  EXPECT_EQ(store_->Usage().used_bytes, 0);
  Write("jobs/a/x", "12345");
  Write("uploads/b/c/000", "123");
  EXPECT_EQ(store_->Usage().used_bytes, 8);
  EXPECT_EQ(Open(20 << 20)->Usage().used_bytes, 8) << "a new store counts what is there";
  store_->RefreshUsage();
  store_->DeletePrefix("jobs/a");
  EXPECT_EQ(store_->Usage().used_bytes, 3);
  store_->DeletePrefix("uploads/b");
  EXPECT_EQ(store_->Usage().used_bytes, 0);
}

TEST_P(BlobStoreTest, ManyWritersDoNotDisturbEachOther) {
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
  EXPECT_EQ(store_->List("jobs/shared").size(), 80u);
  EXPECT_EQ(store_->BytesBelow("jobs/shared"), 800);
}

TEST_P(BlobStoreTest, IsHealthyAndLeavesNoTraceOfTheTest) {
  store_->CheckHealth();
  EXPECT_THAT(store_->SweepTemporary({}, {}, /*dry_run=*/true), IsEmpty());
  EXPECT_THAT(Names("jobs"), IsEmpty());
}

}  // namespace
}  // namespace stemscribe::storage
