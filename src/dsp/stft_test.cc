#include "dsp/stft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "base/error.h"
#include "dsp/window.h"

namespace stemscribe::dsp {
namespace {

using Frames = std::vector<std::complex<float>>;

std::vector<float> Noise(size_t num_samples) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> samples(num_samples);
  for (float& sample : samples) sample = uniform(random);
  return samples;
}

Frames Analyze(const StftShape& shape, const std::vector<float>& samples, size_t block) {
  StftAnalyzer analyzer(shape);
  Frames frames;
  for (size_t start = 0; start < samples.size(); start += block) {
    const size_t count = std::min(block, samples.size() - start);
    analyzer.Push(std::span(samples).subspan(start, count), frames);
  }
  analyzer.Finish(frames);
  return frames;
}

std::vector<float> Synthesize(const StftShape& shape, const Frames& frames, size_t num_samples) {
  StftSynthesizer synthesizer(shape);
  std::vector<float> samples;
  for (size_t start = 0; start < frames.size(); start += shape.num_bins()) {
    synthesizer.Push(std::span(frames).subspan(start, shape.num_bins()), samples);
  }
  synthesizer.Finish(num_samples, samples);
  return samples;
}

TEST(StftTest, FramesAreWindowedTransformsCentredOnMultiplesOfTheHop) {
  const StftShape shape{64, 16};
  const std::vector<float> samples = Noise(100);
  const Frames frames = Analyze(shape, samples, 100);
  ASSERT_EQ(frames.size(), 7 * shape.num_bins());
  const std::vector<float> window = PeriodicHann(64);
  for (int frame = 0; frame < 7; ++frame) {
    for (int bin = 0; bin <= 32; ++bin) {
      std::complex<double> sum = 0;
      for (int n = 0; n < 64; ++n) {
        const int position = frame * 16 - 32 + n;
        if (position < 0 || position >= 100) continue;
        sum += std::polar(
            double{samples[static_cast<size_t>(position)]} * window[static_cast<size_t>(n)],
            -2 * std::numbers::pi * bin * n / 64);
      }
      const size_t index = static_cast<size_t>(frame) * shape.num_bins() + static_cast<size_t>(bin);
      EXPECT_LT(std::abs(sum - std::complex<double>(frames[index])), 1e-5) << frame << " " << bin;
    }
  }
}

TEST(StftTest, GivesBackSignalsOfEveryLength) {
  const StftShape shape;
  for (const size_t length : {0, 1, 2, 1000, 1023, 1024, 1025, 2047, 2048, 4096, 8820, 30000}) {
    const std::vector<float> samples = Noise(length);
    const Frames frames = Analyze(shape, samples, 5000);
    ASSERT_EQ(frames.size(), shape.NumFrames(length) * shape.num_bins());
    const std::vector<float> back = Synthesize(shape, frames, length);
    ASSERT_EQ(back.size(), length);
    for (size_t n = 0; n < length; ++n)
      ASSERT_NEAR(back[n], samples[n], 2e-6) << length << " " << n;
  }
}

TEST(StftTest, BlockSizesDoNotMatter) {
  const StftShape shape{256, 64};
  const std::vector<float> samples = Noise(3000);
  const Frames whole = Analyze(shape, samples, samples.size());
  for (const size_t block : {1, 63, 64, 65, 300, 1000}) {
    EXPECT_EQ(Analyze(shape, samples, block), whole) << block;
  }
}

TEST(StftTest, StartsAfreshAfterFinish) {
  const StftShape shape{256, 64};
  StftAnalyzer analyzer(shape);
  StftSynthesizer synthesizer(shape);
  const std::vector<float> samples = Noise(700);
  std::vector<Frames> frames(2);
  std::vector<std::vector<float>> back(2);
  for (size_t round = 0; round < 2; ++round) {
    analyzer.Push(samples, frames[round]);
    analyzer.Finish(frames[round]);
    for (size_t start = 0; start < frames[round].size(); start += shape.num_bins()) {
      synthesizer.Push(std::span(frames[round]).subspan(start, shape.num_bins()), back[round]);
    }
    synthesizer.Finish(samples.size(), back[round]);
  }
  EXPECT_EQ(frames[0], frames[1]);
  EXPECT_EQ(back[0], back[1]);
}

TEST(StftTest, RefusesHopsThatLeaveGaps) {
  EXPECT_THROW(StftAnalyzer({.fft_size = 64, .hop = 0}), Error);
  EXPECT_THROW(StftAnalyzer({.fft_size = 64, .hop = 24}), Error);
  EXPECT_THROW(StftSynthesizer({.fft_size = 64, .hop = 64}), Error);
}

TEST(WindowTest, HannHasOnePeriod) {
  const std::vector<float> window = PeriodicHann(8);
  ASSERT_EQ(window.size(), 8U);
  EXPECT_EQ(window[0], 0);
  EXPECT_FLOAT_EQ(window[4], 1);
  EXPECT_FLOAT_EQ(window[2], 0.5);
  EXPECT_FLOAT_EQ(window[1], window[7]);
}

}  // namespace
}  // namespace stemscribe::dsp
