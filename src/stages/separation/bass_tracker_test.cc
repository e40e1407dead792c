#include "stages/separation/bass_tracker.h"

#include <gtest/gtest.h>

#include <cmath>

namespace stemscribe::separation {
namespace {

// Peaks as wide as the Hann window makes them at the harmonics of `f0_bins`, each weaker than the
// one before.
std::vector<float> Harmonics(double f0_bins, double decay = 0.6) {
  std::vector<float> magnitudes(BassTracker::kInputBins, 0.01F);
  double amplitude = 100;
  for (int harmonic = 1; harmonic * f0_bins < 200; ++harmonic, amplitude *= decay) {
    const double position = harmonic * f0_bins;
    for (int bin = static_cast<int>(position) - 1; bin <= static_cast<int>(position) + 2; ++bin) {
      const double distance = std::abs(position - bin) / 2;
      if (distance >= 1 || bin < 0) continue;
      magnitudes[static_cast<size_t>(bin)] +=
          static_cast<float>(amplitude * (0.5 + 0.5 * std::cos(3.14159265 * distance)));
    }
  }
  return magnitudes;
}

std::vector<float> Track(const std::vector<std::vector<float>>& frames) {
  BassTracker tracker;
  std::vector<float> track;
  for (const auto& frame : frames) {
    if (const auto f0 = tracker.Push(frame)) track.push_back(*f0);
  }
  const std::vector<float> rest = tracker.Finish();
  track.insert(track.end(), rest.begin(), rest.end());
  return track;
}

TEST(BassTrackerTest, FindsLowNotes) {
  for (const double f0_bins : {3.83, 5.1, 7.6, 10.2, 15.3, 30.0}) {  // E1 … E4
    for (const float f0 : Track(std::vector(40, Harmonics(f0_bins)))) {
      EXPECT_NEAR(f0, f0_bins, 0.04 * f0_bins);
    }
  }
}

TEST(BassTrackerTest, FollowsAMelody) {
  std::vector<std::vector<float>> frames;
  const std::array notes = {5.1, 6.8, 7.6, 5.1};
  for (const double note : notes) frames.insert(frames.end(), 20, Harmonics(note));
  const std::vector<float> track = Track(frames);
  ASSERT_EQ(track.size(), 80U);
  for (size_t i = 0; i < track.size(); ++i) EXPECT_NEAR(track[i], notes[i / 20], 0.3) << i;
}

TEST(BassTrackerTest, IgnoresAnIntruderOfTwoFrames) {
  std::vector<std::vector<float>> frames(60, Harmonics(6.0));
  frames[30] = frames[31] = Harmonics(14.3);
  for (const float f0 : Track(frames)) EXPECT_NEAR(f0, 6.0, 0.3);
}

TEST(BassTrackerTest, AnswersForEveryFrame) {
  for (const size_t count : {0, 1, 5, 16, 17, 18, 100}) {
    EXPECT_EQ(Track(std::vector(count, Harmonics(6.0))).size(), count);
    EXPECT_EQ(Track(std::vector(count, std::vector<float>(BassTracker::kInputBins))).size(), count);
  }
}

TEST(BassTrackerTest, ForgetsTheLastSong) {
  BassTracker tracker;
  for (int i = 0; i < 50; ++i) tracker.Push(Harmonics(20.0));
  tracker.Finish();
  EXPECT_FALSE(tracker.Push(Harmonics(6.0)).has_value());
  EXPECT_NEAR(tracker.Finish().at(0), 6.0, 0.3);
}

}  // namespace
}  // namespace stemscribe::separation
