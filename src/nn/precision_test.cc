#include "nn/precision.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace stemscribe::nn {
namespace {

TEST(ChooseBf16Test, AutoNeedsASafeModelAndAnAbleCpu) {
  EXPECT_TRUE(ChooseBf16(Precision::kAuto, true, true));
  EXPECT_FALSE(ChooseBf16(Precision::kAuto, false, true));
  EXPECT_FALSE(ChooseBf16(Precision::kAuto, true, false));
}

TEST(ChooseBf16Test, F32IsAlwaysF32) { EXPECT_FALSE(ChooseBf16(Precision::kF32, true, true)); }

TEST(ChooseBf16Test, Bf16KeepsUnsafeModelsInF32) {
  EXPECT_TRUE(ChooseBf16(Precision::kBf16, true, true));
  EXPECT_FALSE(ChooseBf16(Precision::kBf16, false, true));
}

TEST(ChooseBf16Test, Bf16OnAnUnableCpuIsAnErrorThatNamesTheSetting) {
  try {
    ChooseBf16(Precision::kBf16, true, false);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    ASSERT_EQ(error.details().size(), 1u);
    EXPECT_EQ(error.details()[0].field, "precision");
  }
}

}  // namespace
}  // namespace stemscribe::nn
