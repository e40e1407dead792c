#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace stemscribe {
namespace {

TEST(FileErrorTest, AFullDiskOrQuotaIsAFullStorage) {
  for (const int fault : {ENOSPC, EDQUOT}) {
    const Error error = FileError(fault, "song.mp3");
    EXPECT_EQ(error.code(), ErrorCode::kStorageLimitExceeded) << fault;
    EXPECT_STREQ(error.what(), "song.mp3: the disk is full");
  }
}

TEST(FileErrorTest, TheLimitOfAFileIsNoFullDisk) {
  const Error error = FileError(EFBIG, "song.mp3");
  EXPECT_EQ(error.code(), ErrorCode::kStorageLimitExceeded);
  EXPECT_STREQ(error.what(), "song.mp3: the file would be too large");
}

TEST(FileErrorTest, AllElseIsAnIoErrorThatTellsItsReason) {
  const Error error = FileError(EACCES, "song.mp3");
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_STREQ(error.what(), "song.mp3: Permission denied");
}

}  // namespace
}  // namespace stemscribe
