#include "stages/vocals/fcpe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "stages/vocals/test_signals.h"

namespace stemscribe::vocals {
namespace {

constexpr double kLowCents = 2051.1487;
constexpr double kHighCents = 9151.2891;

std::vector<float> BumpAt(double bin, float height, std::vector<float> salience = {}) {
  salience.resize(360);
  for (size_t k = 0; k < salience.size(); ++k) {
    const double distance = static_cast<double>(k) - bin;
    salience[k] += height * static_cast<float>(std::exp(-distance * distance / 3));
  }
  return salience;
}

double BinHz(double bin) {
  return 10 * std::exp2((kLowCents + (kHighCents - kLowCents) * bin / 359) / 1200);
}

TEST(DecodeSalienceTest, ReadsBetweenTheBins) {
  const FcpeFrame frame = DecodeSalience(BumpAt(150.3, 0.9F));
  EXPECT_NEAR(CentsBetween(frame[0].hz, BinHz(150.3)), 0, 0.5);
  EXPECT_NEAR(frame[0].salience, 0.9, 0.05);
  EXPECT_EQ(frame[1].hz, 0);
}

TEST(DecodeSalienceTest, PeaksComeBestFirst) {
  const FcpeFrame frame =
      DecodeSalience(BumpAt(60, 0.2F, BumpAt(120, 0.7F, BumpAt(180, 0.4F, BumpAt(300, 0.1F)))));
  EXPECT_NEAR(CentsBetween(frame[0].hz, BinHz(120)), 0, 1);
  EXPECT_NEAR(CentsBetween(frame[1].hz, BinHz(180)), 0, 1);
  EXPECT_NEAR(CentsBetween(frame[2].hz, BinHz(60)), 0, 1);
}

TEST(DecodeSalienceTest, EdgesAndSilence) {
  EXPECT_NEAR(DecodeSalience(BumpAt(0, 0.9F))[0].hz, 33, 1);
  EXPECT_NEAR(DecodeSalience(BumpAt(359, 0.9F))[0].hz, 1960, 30);
  EXPECT_EQ(DecodeSalience(std::vector<float>(360))[0].salience, 0);
}

/// A net whose answer at a frame depends on nothing but that frame: its loudest mel band, scaled to
/// a bin.
std::vector<nn::Tensor> LoudestBand(std::span<const nn::TensorView> inputs) {
  const auto num_frames = static_cast<size_t>(inputs[0].shape.at(1));
  nn::Tensor salience{{1, inputs[0].shape[1], 360}, std::vector<float>(num_frames * 360)};
  for (size_t n = 0; n < num_frames; ++n) {
    const auto mel = inputs[0].data.subspan(n * kMelBands, kMelBands);
    const auto loudest = std::max_element(mel.begin(), mel.end()) - mel.begin();
    salience.data[n * 360 + static_cast<size_t>(loudest) * 2] = 1;
  }
  return {salience};
}

TEST(FcpeTrackerTest, ChunksJoinInPlace) {
  // Long enough for several chunks and a rest.
  const std::vector<float> samples = Sing(71.3, [](double t) { return 150 + 13 * t; });
  FcpeMel extractor;
  std::vector<float> mel;
  extractor.Push(samples, mel);
  extractor.Finish(mel);
  const auto num_frames = static_cast<int64_t>(mel.size() / kMelBands);
  const nn::TensorView input{{1, num_frames, kMelBands}, mel};
  const std::vector<float> whole = LoudestBand({&input, 1})[0].data;

  size_t longest = 0;
  FcpeTracker tracker(std::make_unique<FunctionModel>([&](std::span<const nn::TensorView> inputs) {
    longest = std::max(longest, static_cast<size_t>(inputs[0].shape.at(1)));
    return LoudestBand(inputs);
  }));
  for (int song = 0; song < 2; ++song) {  // a tracker is ready for a new song after Finish
    for (size_t at = 0; at < samples.size(); at += 10000) {
      tracker.Push(std::span(samples).subspan(at, std::min<size_t>(10000, samples.size() - at)));
    }
    const std::vector<FcpeFrame> frames = tracker.Finish().frames;
    ASSERT_EQ(frames.size(), static_cast<size_t>(num_frames));
    for (size_t n = 0; n < frames.size(); ++n) {
      const FcpeFrame expected = DecodeSalience(std::span(whole).subspan(n * 360, 360));
      ASSERT_EQ(frames[n][0].hz, expected[0].hz) << n;
    }
  }
  EXPECT_LE(longest, 2200U);
}

TEST(FcpeTrackerTest, SongsOfAboutOneChunkHaveTheirFirstFrame) {
  constexpr size_t kChunkFrames = 2200;
  const std::vector<float> samples = Sing(22.1, [](double t) { return 150 + 13 * t; });
  float first_hz = 0;
  for (size_t num_frames = kChunkFrames - 3; num_frames < kChunkFrames + 6; ++num_frames) {
    FcpeTracker tracker(std::make_unique<FunctionModel>(LoudestBand));
    tracker.Push(std::span(samples).first((num_frames - 1) * kHopSamples));
    const std::vector<FcpeFrame> frames = tracker.Finish().frames;
    ASSERT_EQ(frames.size(), num_frames);
    if (first_hz == 0) first_hz = frames[0][0].hz;
    EXPECT_EQ(frames[0][0].hz, first_hz) << num_frames;
    EXPECT_EQ(frames[0][0].salience, 1) << num_frames;
  }
}

TEST(FcpeTrackerTest, AnEmptyStreamRunsNoNet) {
  FcpeTracker tracker(std::make_unique<FunctionModel>(
      [](std::span<const nn::TensorView>) -> std::vector<nn::Tensor> {
        throw std::logic_error("no net was to run");
      }));
  EXPECT_TRUE(tracker.Finish().frames.empty());
}

}  // namespace
}  // namespace stemscribe::vocals
