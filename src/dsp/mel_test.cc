#include "dsp/mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace stemscribe::dsp {
namespace {

TEST(MelTest, ScaleIsSlaneys) {
  EXPECT_NEAR(HzToMel(0), 0, 1e-12);
  EXPECT_NEAR(HzToMel(1000), 15, 1e-9);
  EXPECT_NEAR(HzToMel(6400), 42, 1e-9);
  for (const double hz : {10.0, 440.0, 999.0, 1001.0, 7900.0}) {
    EXPECT_NEAR(MelToHz(HzToMel(hz)), hz, 1e-6);
  }
}

TEST(MelTest, WideBandsHaveUnitArea) {
  const MelFilterbank mel(16000, 4096, 20, 0, 8000);
  const std::vector<float> ones(mel.num_bins(), 1.0F);
  std::vector<float> bands(mel.num_bands());
  mel.Apply(ones, bands);
  const double hz_per_bin = 16000.0 / 4096;
  for (const float band : bands) EXPECT_NEAR(band * hz_per_bin, 1.0, 0.01);
}

TEST(MelTest, ABinAnswersInItsOwnBand) {
  const MelFilterbank mel(16000, 1024, 128, 0, 8000);
  std::vector<float> bins(mel.num_bins());
  bins[256] = 1;  // 4 kHz
  std::vector<float> bands(mel.num_bands());
  mel.Apply(bins, bands);
  const double step = HzToMel(8000) / 129;
  for (size_t b = 0; b < bands.size(); ++b) {
    const double centre = step * static_cast<double>(b + 1);
    if (bands[b] > 0) {
      EXPECT_NEAR(centre, HzToMel(4000), step);
    }
  }
  EXPECT_GT(*std::max_element(bands.begin(), bands.end()), 0);
}

TEST(MelTest, RefusesAnImpossibleRange) {
  EXPECT_THROW(MelFilterbank(16000, 1024, 128, 0, 9000), Error);
  EXPECT_THROW(MelFilterbank(16000, 1024, 0, 0, 8000), Error);
  EXPECT_THROW(MelFilterbank(16000, 1024, 10, 500, 500), Error);
}

}  // namespace
}  // namespace stemscribe::dsp
