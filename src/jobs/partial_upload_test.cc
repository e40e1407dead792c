#include "jobs/partial_upload.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "jobs/manual_clock.h"
#include "jobs/uuid.h"
#include "jobs/worker_fixture.h"

namespace stemscribe::jobs {
namespace {

class PartialUploadTest : public WorkerTest {
 protected:
  void Add(PartialUpload& upload, int64_t offset, std::string_view text) {
    const auto writer = upload.Append(offset, 0);
    writer->Write(std::as_bytes(std::span(text)));
    writer->Commit();
  }

  static std::string All(PartialUpload& upload) {
    const auto reader = upload.Open();
    std::string all;
    std::array<std::byte, 3> block{};
    while (const size_t got = reader->Read(block)) {
      all.append(reinterpret_cast<const char*>(block.data()), got);
    }
    return all;
  }

  const std::string id_ = NewUuid(TimePoint());
};

TEST_F(PartialUploadTest, PartsAreReadInTheirOrder) {
  PartialUpload upload(*store_, "key-1", id_);
  EXPECT_EQ(upload.Offset(), 0);
  EXPECT_EQ(All(upload), "");
  for (const std::string_view part : {"slow ", "motion", " ", "dream"}) {
    Add(upload, upload.Offset(), part);
  }
  EXPECT_EQ(upload.Offset(), 17);
  EXPECT_EQ(All(upload), "slow motion dream");
  EXPECT_EQ(PartialUpload(*store_, "key-1", id_).Offset(), 17);
  upload.Remove();
  EXPECT_EQ(upload.Offset(), 0);
  EXPECT_EQ(store_->Usage().used_bytes, 0);
}

TEST_F(PartialUploadTest, HasSoManyPartsAndNoMore) {
  constexpr int kMost = 10'000;
  PartialUpload upload(*store_, "", id_);
  Add(upload, 0, "a");
  const auto folder = store_->LocalPath(store_->List(UploadsOf("")).front().name)->parent_path();
  for (int i = 1; i < kMost - 1; ++i) std::ofstream(folder / fmt::format("{:015}", i)) << 'a';
  EXPECT_EQ(upload.Offset(), kMost - 1);
  Add(upload, kMost - 1, "a");
  EXPECT_THROW(upload.Append(kMost, 1), Error);
}

TEST_F(PartialUploadTest, WhatWasNotCommittedIsNotThere) {
  PartialUpload upload(*store_, "", id_);
  Add(upload, 0, "abc");
  upload.Append(3, 0)->Write(std::as_bytes(std::span("def", 3)));
  EXPECT_EQ(upload.Offset(), 3);
}

TEST_F(PartialUploadTest, RequestsAtTheSameTimeMakeNoMixture) {
  PartialUpload upload(*store_, "", id_);
  Add(upload, 0, "abcdef");
  Add(upload, 6, "ghi");
  Add(upload, 0, "abcd");  // a slow one that began when nothing was here
  EXPECT_EQ(upload.Offset(), 4);
  Add(upload, 4, "efgh");
  EXPECT_EQ(All(upload), "abcdefgh");
  Add(upload, 8, "ijk");
  EXPECT_EQ(All(upload), "abcdefghijk");
}

TEST_F(PartialUploadTest, AnUploadIsItsOwners) {
  PartialUpload mine(*store_, "key-1", id_);
  Add(mine, 0, "abc");
  EXPECT_EQ(PartialUpload(*store_, "key-2", id_).Offset(), 0);
  PartialUpload(*store_, "key-2", id_).Remove();
  EXPECT_EQ(mine.Offset(), 3);
  EXPECT_THROW(PartialUpload(*store_, "key-1", "../x"), Error);
}

}  // namespace
}  // namespace stemscribe::jobs
