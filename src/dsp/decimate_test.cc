#include "dsp/decimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace stemscribe::dsp {
namespace {

// The largest sample that is left of a tone of `radians` per sample, away from the ends.
double GainAt(double radians) {
  std::vector<float> tone(2001);
  for (size_t n = 0; n < tone.size(); ++n) {
    tone[n] = static_cast<float>(std::cos(radians * (static_cast<double>(n) - 1000)));
  }
  std::vector<float> halved(1001);
  DecimateByTwo(tone, halved);
  float largest = 0;
  for (size_t n = 50; n < 950; ++n) largest = std::max(largest, std::abs(halved[n]));
  return largest;
}

TEST(DecimateTest, KeepsTheLowerHalfOfTheNewBand) {
  for (const double share : {0.0, 0.1, 0.3, 0.45}) {
    EXPECT_NEAR(GainAt(share * std::numbers::pi / 2), 1, 3e-5) << share;
  }
}

TEST(DecimateTest, NothingFoldsIntoIt) {
  for (const double share : {1.55, 1.7, 1.9, 2.0}) {
    EXPECT_LT(GainAt(share * std::numbers::pi / 2), 3e-5) << share;
  }
}

TEST(DecimateTest, IsCentredAndZeroPadded) {
  std::vector<float> impulse(64);
  impulse[0] = 1;
  impulse[40] = 1;
  impulse[63] = 1;
  std::vector<float> halved(32);
  DecimateByTwo(impulse, halved);
  EXPECT_FLOAT_EQ(halved[0], 0.5F);
  EXPECT_FLOAT_EQ(halved[20], 0.5F);
  EXPECT_GT(halved[31], 0.25F);    // at distance 1
  EXPECT_FLOAT_EQ(halved[19], 0);  // even distances
}

}  // namespace
}  // namespace stemscribe::dsp
