#include "stages/rhythm/log_mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace stemscribe::rhythm {
namespace {

std::vector<float> FramesOf(const std::vector<float>& samples, size_t block = 100000) {
  LogMel mel;
  std::vector<float> frames;
  for (size_t at = 0; at < samples.size(); at += block) {
    mel.Push(std::span(samples).subspan(at, std::min(block, samples.size() - at)), frames);
  }
  mel.Finish(frames);
  return frames;
}

std::vector<float> Tone(double hz, double duration_sec) {
  std::vector<float> samples(static_cast<size_t>(duration_sec * kRateHz));
  for (size_t n = 0; n < samples.size(); ++n) {
    samples[n] =
        static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / kRateHz));
  }
  return samples;
}

size_t StrongestBand(const std::vector<float>& frames, size_t frame) {
  const auto first = frames.begin() + static_cast<std::ptrdiff_t>(frame * kMelBands);
  return static_cast<size_t>(std::max_element(first, first + kMelBands) - first);
}

TEST(LogMelTest, FramesAreCentredAndBandsRiseWithPitch) {
  std::vector<float> samples(kRateHz / 2);
  const std::vector<float> tone = Tone(1000, 0.5);
  samples.insert(samples.end(), tone.begin(), tone.end());
  const std::vector<float> frames = FramesOf(samples);
  ASSERT_EQ(frames.size() / kMelBands, samples.size() / kHopSamples + 1);
  const size_t before = (kRateHz / 2 - 512) / kHopSamples;  // its window ends before the tone
  EXPECT_EQ(frames[before * kMelBands + StrongestBand(frames, before)], 0);
  const size_t middle = kRateHz * 3 / 4 / kHopSamples;
  EXPECT_GT(frames[middle * kMelBands + StrongestBand(frames, middle)], 3);
  EXPECT_GT(StrongestBand(FramesOf(Tone(2000, 0.2)), 8), StrongestBand(frames, middle));
}

TEST(LogMelTest, BlocksDoNotMatterAndSilenceIsZero) {
  const std::vector<float> tone = Tone(300, 1.3);
  EXPECT_EQ(FramesOf(tone, 131), FramesOf(tone));
  for (const float value : FramesOf(std::vector<float>(10000))) EXPECT_EQ(value, 0);
  EXPECT_TRUE(FramesOf({}).empty());
}

}  // namespace
}  // namespace stemscribe::rhythm
