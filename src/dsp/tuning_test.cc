#include "dsp/tuning.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace stemscribe::dsp {
namespace {

constexpr int kRateHz = 22050;

// Broken chords of harmonic tones, `cents` from A = 440 Hz, with some noise.
std::vector<float> Song(double cents, double gain = 0.1) {
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0, 0.05F);
  const std::vector<std::vector<int>> chords = {
      {48, 60, 64, 67}, {45, 57, 60, 64}, {41, 60, 65, 69}, {43, 59, 62, 67}};
  std::vector<float> song;
  for (const auto& chord : chords) {
    for (size_t n = 0; n < kRateHz; ++n) {
      double sum = noise(random);
      for (const int midi : chord) {
        const double hz = 440 * std::exp2((midi - 69 + cents / 100) / 12);
        for (int h = 1; h <= 6; ++h) {
          sum += std::sin(2 * std::numbers::pi * hz * h * static_cast<double>(n) / kRateHz) / h;
        }
      }
      song.push_back(static_cast<float>(gain * sum));
    }
  }
  return song;
}

TEST(TuningTest, FindsTheOffset) {
  for (const double cents : {-45.0, -30.0, -10.0, 0.0, 20.0, 40.0, 45.0}) {
    TuningEstimator tuning(kRateHz);
    tuning.Push(Song(cents));
    EXPECT_NEAR(tuning.FinishCents(), cents, 3) << cents;
  }
}

TEST(TuningTest, BlocksDoNotMatterAndItStartsAnew) {
  TuningEstimator tuning(kRateHz);
  const std::vector<float> song = Song(25);
  tuning.Push(song);
  const double whole = tuning.FinishCents();
  for (size_t start = 0; start < song.size(); start += 1000) {
    tuning.Push(std::span(song).subspan(start, std::min<size_t>(1000, song.size() - start)));
  }
  EXPECT_EQ(tuning.FinishCents(), whole);
}

TEST(TuningTest, QuietSongsCountToo) {
  TuningEstimator tuning(kRateHz);
  tuning.Push(Song(-30, 0.001));
  EXPECT_NEAR(tuning.FinishCents(), -30, 3);
}

TEST(TuningTest, SilenceAndNothingAreInTune) {
  TuningEstimator tuning(kRateHz);
  EXPECT_EQ(tuning.FinishCents(), 0);
  tuning.Push(std::vector<float>(kRateHz));
  EXPECT_EQ(tuning.FinishCents(), 0);
}

TEST(TuningTest, AShortClipIsEnough) {
  TuningEstimator tuning(kRateHz);
  const std::vector<float> song = Song(20);
  tuning.Push(std::span(song).first(kRateHz / 5));
  EXPECT_NEAR(tuning.FinishCents(), 20, 6);
}

}  // namespace
}  // namespace stemscribe::dsp
