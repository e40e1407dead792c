#include "dsp/mel_frames.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace stemscribe::dsp {
namespace {

constexpr MelFramesShape kShape{
    .rate_hz = 16000, .window = 512, .hop = 128, .num_bands = 20, .min_hz = 50, .max_hz = 8000};

std::vector<float> Tone(double hz, size_t num_samples) {
  std::vector<float> samples(num_samples);
  for (size_t n = 0; n < num_samples; ++n) {
    samples[n] = static_cast<float>(
        std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / kShape.rate_hz));
  }
  return samples;
}

TEST(MelFramesTest, TakesWholeWindowsAndKeepsTheRest) {
  MelFrames mel(kShape);
  std::vector<float> frames;
  std::vector<float> samples = Tone(440, 511);
  EXPECT_EQ(mel.Append(samples, frames), 0U);
  EXPECT_EQ(samples.size(), 511U);
  samples.push_back(0);
  EXPECT_EQ(mel.Append(samples, frames), 1U);
  EXPECT_EQ(frames.size(), 20U);
  EXPECT_EQ(samples.size(), 512U - 128U);
}

TEST(MelFramesTest, PiecesGiveWhatTheWholeGives) {
  std::vector<float> whole = Tone(1234, 5000);
  std::vector<float> in_pieces;
  std::vector<float> pending;
  MelFrames mel(kShape);
  for (size_t at = 0; at < whole.size(); at += 77) {
    const size_t end = std::min(whole.size(), at + 77);
    pending.insert(pending.end(), whole.begin() + static_cast<std::ptrdiff_t>(at),
                   whole.begin() + static_cast<std::ptrdiff_t>(end));
    mel.Append(pending, in_pieces);
  }
  std::vector<float> at_once;
  mel.Append(whole, at_once);
  EXPECT_EQ(in_pieces, at_once);
}

TEST(MelFramesTest, TheFloorIsWhatSilenceHas) {
  MelFramesShape shape = kShape;
  std::vector<float> frames;
  std::vector<float> silence(512);
  MelFrames(shape).Append(silence, frames);
  EXPECT_EQ(*std::max_element(frames.begin(), frames.end()), 0);
  shape.power_floor = 1;
  silence.assign(512, 0);
  MelFrames(shape).Append(silence, frames);
  EXPECT_GT(frames.back(), 0);
}

}  // namespace
}  // namespace stemscribe::dsp
