#include "stages/rhythm/beat_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "stages/rhythm/log_mel.h"

namespace stemscribe::rhythm {
namespace {

/// What a net says that is sure of the beats at `frames`.
std::vector<float> ActivationAt(const std::vector<double>& frames, size_t size) {
  std::vector<float> activation(size, 0.01F);
  for (const double frame : frames) {
    const auto n = static_cast<size_t>(std::lround(frame));
    for (const size_t beside : {n - 1, n + 1}) {
      if (beside < size) activation[beside] = 0.4F;
    }
    if (n < size) activation[n] = 0.9F;
  }
  return activation;
}

std::vector<double> Every(double period, double first, size_t size) {
  std::vector<double> frames = {first};
  while (frames.back() + period < static_cast<double>(size))
    frames.push_back(frames.back() + period);
  return frames;
}

/// How many of `wanted` have a beat at most a frame away.
size_t Hits(const std::vector<double>& wanted, const std::vector<size_t>& beats) {
  return static_cast<size_t>(std::count_if(wanted.begin(), wanted.end(), [&](double frame) {
    return std::any_of(beats.begin(), beats.end(), [&](size_t beat) {
      return std::abs(static_cast<double>(beat) - frame) <= 1;
    });
  }));
}

class SteadyTest : public testing::TestWithParam<double> {};

TEST_P(SteadyTest, BeatsAreWhereTheyAreHeard) {
  const double period = kFramesPerSec * 60 / GetParam();
  const std::vector<double> wanted = Every(period, 20, 3000);
  const std::vector<size_t> beats = BeatPath(ActivationAt(wanted, 3000));
  EXPECT_GE(Hits(wanted, beats) + 1, wanted.size());
  EXPECT_LE(beats.size(), wanted.size() + 1);
  EXPECT_TRUE(std::is_sorted(beats.begin(), beats.end()));
}

INSTANTIATE_TEST_SUITE_P(Tempi, SteadyTest, testing::Values(56, 75.3, 120, 163.7, 213));

TEST(BeatPathTest, ABeatThatIsNotHeardIsStillOne) {
  std::vector<double> wanted = Every(43, 10, 2000);
  std::vector<double> heard = wanted;
  heard.erase(heard.begin() + 9, heard.begin() + 12);
  heard.push_back(43 * 20 + 30);  // and one that is none
  const std::vector<size_t> beats = BeatPath(ActivationAt(heard, 2000));
  EXPECT_EQ(Hits(wanted, beats), wanted.size());
  EXPECT_EQ(beats.size(), wanted.size());
}

TEST(BeatPathTest, FollowsAStepOfTheTempoAndADrift) {
  std::vector<double> wanted = Every(50, 10, 1500);
  while (wanted.back() < 3000) wanted.push_back(wanted.back() + 36);
  double period = 36;
  while (wanted.back() < 4900) wanted.push_back(wanted.back() + (period *= 1.004));
  const std::vector<size_t> beats = BeatPath(ActivationAt(wanted, 5000));
  EXPECT_GE(Hits(wanted, beats) + 2, wanted.size());
  EXPECT_LE(beats.size(), wanted.size() + 2);
}

TEST(BeatPathTest, ShortAndEmptySongs) {
  EXPECT_TRUE(BeatPath({}).empty());
  for (const size_t size : {1U, 5U, 30U, 90U}) {
    for (const size_t beat : BeatPath(ActivationAt({2}, size))) EXPECT_LT(beat, size);
  }
}

}  // namespace
}  // namespace stemscribe::rhythm
