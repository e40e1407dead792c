#include "stages/vocals/level_meter.h"

#include <gtest/gtest.h>

#include <vector>

namespace stemscribe::vocals {
namespace {

TEST(LevelMeterTest, FullScaleIsZeroDb) {
  LevelMeter meter;
  for (int i = 0; i < 10; ++i) meter.Push(std::vector<float>(160, 1.0F));
  const std::vector<float> levels = meter.Finish();
  ASSERT_EQ(levels.size(), 11U);
  EXPECT_NEAR(levels[5], 0, 1e-4);
  EXPECT_NEAR(levels[0], -3.01, 0.01);  // half of the first window lies before the song
}

TEST(LevelMeterTest, FramesAreCentred) {
  LevelMeter meter;
  std::vector<float> samples(3200);
  samples[1600] = 1;  // frame 10, whose window is samples 1344 … 1855
  meter.Push(samples);
  const std::vector<float> levels = meter.Finish();
  EXPECT_EQ(levels[8], -120);
  EXPECT_GT(levels[9], -30);
  EXPECT_GT(levels[11], -30);
  EXPECT_EQ(levels[12], -120);
}

TEST(LevelMeterTest, StartsAnew) {
  LevelMeter meter;
  meter.Push(std::vector<float>(1000, 0.5F));
  const std::vector<float> first = meter.Finish();
  meter.Push(std::vector<float>(1000, 0.5F));
  EXPECT_EQ(meter.Finish(), first);
  EXPECT_TRUE(meter.Finish().empty());
}

}  // namespace
}  // namespace stemscribe::vocals
