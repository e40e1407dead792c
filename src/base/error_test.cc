#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace stemscribe {
namespace {

TEST(FileErrorTest, AFullDiskOrQuotaIsAFullStorage) {
  for (const int fault : {ENOSPC, EDQUOT, EFBIG}) {
    const Error error = FileError(fault, "song.mp3");
    EXPECT_EQ(error.code(), ErrorCode::kStorageLimitExceeded) << fault;
    EXPECT_STREQ(error.what(), "song.mp3: the disk is full");
  }
}

TEST(FileErrorTest, AllElseIsAnIoErrorThatTellsItsReason) {
  const Error error = FileError(EACCES, "song.mp3");
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_STREQ(error.what(), "song.mp3: Permission denied");
}

}  // namespace
}  // namespace stemscribe
