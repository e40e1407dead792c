#include "stages/rhythm/beat_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <span>
#include <vector>

#include "nn/manifest.h"
#include "nn/model.h"

namespace stemscribe::rhythm {
namespace {

/// Clicks of 10 ms and of `hz` at `times_sec`, `gains` in turn.
std::vector<float> Clicks(const std::vector<double>& times_sec, double duration_sec,
                          const std::vector<double>& gains = {1}, double hz = 1000) {
  std::vector<float> samples(static_cast<size_t>(duration_sec * kRateHz));
  for (size_t i = 0; i < times_sec.size(); ++i) {
    const auto start = static_cast<size_t>(std::lround(times_sec[i] * kRateHz));
    for (size_t n = 0; n < 900 && start + n < samples.size(); ++n) {
      const double t = static_cast<double>(n) / kRateHz;
      samples[start + n] += static_cast<float>(0.5 * gains[i % gains.size()] * std::exp(-t / 0.01) *
                                               std::sin(2 * std::numbers::pi * hz * t));
    }
  }
  return samples;
}

std::vector<double> Every(double period_sec, double first_sec, double end_sec) {
  std::vector<double> times;
  while (first_sec + period_sec * static_cast<double>(times.size()) < end_sec) {
    times.push_back(first_sec + period_sec * static_cast<double>(times.size()));
  }
  return times;
}

std::unique_ptr<BeatTracker> Tracker() {
  static const auto engine = nn::MakeOpenVinoEngine({.num_threads = 2});
  static const nn::Manifest manifest = nn::Manifest::Load(nn::FindModelsDir());
  return MakeBeatTracker(manifest, *engine);
}

Rhythm Track(const std::vector<float>& samples, size_t block = 4096) {
  const auto tracker = Tracker();
  for (size_t at = 0; at < samples.size(); at += block) {
    tracker->Push(std::span(samples).subspan(at, std::min(block, samples.size() - at)));
  }
  return tracker->Finish();
}

double DistanceToNearest(const std::vector<double>& times, double time) {
  double nearest = 1e9;
  for (const double t : times) nearest = std::min(nearest, std::abs(t - time));
  return nearest;
}

/// The share of `truth` that has a beat within `tolerance_sec`.
double Recall(const std::vector<double>& truth, const std::vector<double>& beats,
              double tolerance_sec) {
  const auto hits = std::count_if(truth.begin(), truth.end(), [&](double t) {
    return DistanceToNearest(beats, t) <= tolerance_sec;
  });
  return static_cast<double>(hits) / static_cast<double>(truth.size());
}

class ClickTrackTest : public testing::TestWithParam<double> {};

TEST_P(ClickTrackTest, TempoAndTimesAreExact) {
  const double bpm = GetParam();
  const std::vector<double> truth = Every(60 / bpm, 0.5, 24);
  const Rhythm rhythm = Track(Clicks(truth, 25));
  EXPECT_NEAR(rhythm.tempo_bpm, bpm, 0.2);
  EXPECT_NEAR(static_cast<double>(rhythm.beats_sec.size()), static_cast<double>(truth.size()), 1);
  for (const double beat : rhythm.beats_sec) EXPECT_LT(DistanceToNearest(truth, beat), 0.010);
  EXPECT_GE(Recall(truth, rhythm.beats_sec, 0.010), 0.95);
  EXPECT_GT(rhythm.confidence, 0.5);
}

INSTANTIATE_TEST_SUITE_P(Tempi, ClickTrackTest, testing::Values(60.0, 90.0, 120.0, 174.0));

TEST(BeatTrackerTest, FollowsAStepOfTheTempo) {
  std::vector<double> truth = Every(60.0 / 100, 0.5, 20);
  const std::vector<double> faster = Every(60.0 / 130, truth.back() + 60.0 / 130, 44);
  truth.insert(truth.end(), faster.begin(), faster.end());
  const Rhythm rhythm = Track(Clicks(truth, 45));
  EXPECT_GE(Recall(truth, rhythm.beats_sec, 0.03), 0.9);
  EXPECT_GE(Recall(rhythm.beats_sec, truth, 0.03), 0.9);
  EXPECT_NEAR(rhythm.tempo_bpm, 130, 1);  // most beats have it
}

TEST(BeatTrackerTest, FollowsADrift) {
  std::vector<double> truth = {0.4};
  while (truth.back() < 38.4) truth.push_back(truth.back() + 60 / (105 + 0.5 * truth.back()));
  const Rhythm rhythm = Track(Clicks(truth, 40));
  EXPECT_GE(Recall(truth, rhythm.beats_sec, 0.03), 0.95);
  EXPECT_NEAR(rhythm.tempo_bpm, 115, 3);
}

TEST(BeatTrackerTest, ASongMayBeginWithItsFirstBeat) {
  const Rhythm rhythm = Track(Clicks(Every(0.5, 0, 20), 20));
  ASSERT_FALSE(rhythm.beats_sec.empty());
  EXPECT_LT(rhythm.beats_sec.front(), 0.03);
}

TEST(BeatTrackerTest, SwingKeepsTheBeat) {
  // Beats, and weaker swung eighths at two thirds between them.
  const std::vector<double> beats = Every(0.5, 0.5, 29);
  std::vector<double> times;
  for (const double t : beats) times.insert(times.end(), {t, t + 1.0 / 3});
  const Rhythm rhythm = Track(Clicks(times, 30, {1, 0.4}));
  EXPECT_NEAR(rhythm.tempo_bpm, 120, 0.5);
  EXPECT_GE(Recall(beats, rhythm.beats_sec, 0.02), 0.95);
}

TEST(BeatTrackerTest, EighthsAreNotBeats) {
  const std::vector<double> beats = Every(60.0 / 96, 0.3, 29);
  std::vector<float> song = Clicks(beats, 30, {1, 1}, 70);
  const std::vector<float> hats = Clicks(Every(30.0 / 96, 0.3, 29), 30, {0.3}, 6000);
  std::transform(song.begin(), song.end(), hats.begin(), song.begin(), std::plus<>());
  const Rhythm rhythm = Track(song);
  EXPECT_NEAR(rhythm.tempo_bpm, 96, 0.5);
  EXPECT_GE(Recall(beats, rhythm.beats_sec, 0.02), 0.95);
}

TEST(BeatTrackerTest, NoBeatsInTheSilenceAround) {
  const std::vector<double> truth = Every(0.5, 8, 24);
  const Rhythm rhythm = Track(Clicks(truth, 32));
  ASSERT_FALSE(rhythm.beats_sec.empty());
  EXPECT_GT(rhythm.beats_sec.front(), 7.9);
  EXPECT_LT(rhythm.beats_sec.back(), 24.1);
  EXPECT_NEAR(rhythm.tempo_bpm, 120, 0.5);
}

TEST(BeatTrackerTest, SilenceAndShortClipsHaveNoTempo) {
  for (const double duration : {0.0, 0.001, 0.2, 10.0}) {
    const Rhythm rhythm = Track(Clicks({}, duration));
    EXPECT_EQ(rhythm.tempo_bpm, 0) << duration;
    EXPECT_TRUE(rhythm.beats_sec.empty());
  }
  EXPECT_EQ(Track(Clicks({0.1}, 0.2)).tempo_bpm, 0);
}

TEST(BeatTrackerTest, NoiseInspiresNoConfidence) {
  std::mt19937 random(7);
  std::vector<float> samples(kRateHz * 20);
  for (float& x : samples) x = static_cast<float>(random()) / 4.3e9F - 0.5F;
  const Rhythm rhythm = Track(samples);
  EXPECT_LT(rhythm.confidence, 0.3);
  EXPECT_TRUE(std::is_sorted(rhythm.beats_sec.begin(), rhythm.beats_sec.end()));
  for (const double beat : rhythm.beats_sec) EXPECT_LE(beat, 20);
}

TEST(BeatTrackerTest, LoudnessDoesNotMatterMuch) {
  const std::vector<double> truth = Every(60.0 / 110, 0.5, 24);
  for (const double gain : {0.02, 2.0}) {
    const Rhythm rhythm = Track(Clicks(truth, 25, {gain}));
    EXPECT_NEAR(rhythm.tempo_bpm, 110, 0.5) << gain;
    EXPECT_GE(Recall(truth, rhythm.beats_sec, 0.015), 0.95) << gain;
  }
}

TEST(BeatTrackerTest, BlocksDoNotMatterAndATrackerStartsAnew) {
  const std::vector<float> samples = Clicks(Every(0.47, 0.2, 11), 12);
  const Rhythm whole = Track(samples, samples.size());
  EXPECT_EQ(Track(samples, 131).beats_sec, whole.beats_sec);
  const auto tracker = Tracker();
  for (int song = 0; song < 2; ++song) {
    tracker->Push(samples);
    EXPECT_EQ(tracker->Finish().beats_sec, whole.beats_sec);
  }
}

}  // namespace
}  // namespace stemscribe::rhythm
