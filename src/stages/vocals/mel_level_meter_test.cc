#include "stages/vocals/mel_level_meter.h"

#include <gtest/gtest.h>

#include <vector>

#include "stages/vocals/test_signals.h"

namespace stemscribe::vocals {
namespace {

std::vector<float> LevelsOf(std::span<const float> samples, size_t block) {
  MelLevelMeter meter;
  for (size_t at = 0; at < samples.size(); at += block) {
    meter.Push(samples.subspan(at, std::min(block, samples.size() - at)));
  }
  return meter.Finish();
}

TEST(MelLevelMeterTest, TenTimesAsLoudIsTwentyDecibels) {
  const auto steady = [](double) { return 300.0; };
  const std::vector<float> soft = LevelsOf(Sing(0.5, steady, 0.02), 777);
  const std::vector<float> loud = LevelsOf(Sing(0.5, steady, 0.2), 8000);
  ASSERT_EQ(soft.size(), 51U);
  ASSERT_EQ(loud.size(), 51U);
  for (size_t n = 0; n < loud.size(); ++n) EXPECT_NEAR(loud[n] - soft[n], 20, 0.1) << n;
}

TEST(MelLevelMeterTest, SilenceAndNothing) {
  EXPECT_TRUE(LevelsOf({}, 1).empty());
  for (const float level_db : LevelsOf(std::vector<float>(1600), 1600)) {
    EXPECT_LT(level_db, -89);
  }
}

}  // namespace
}  // namespace stemscribe::vocals
