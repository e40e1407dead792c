#include "stages/vocals/swift_f0.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "stages/vocals/test_signals.h"

namespace stemscribe::vocals {
namespace {

/// A net that answers each frame with its first sample, and is sure of it.
std::vector<nn::Tensor> FirstSample(std::span<const nn::TensorView> inputs) {
  const auto samples = inputs[0].data;
  const size_t num_frames = std::max<size_t>(1, samples.size() / kSwiftHopSamples);
  nn::Tensor pitch{{1, static_cast<int64_t>(num_frames)}, {}};
  for (size_t i = 0; i < num_frames; ++i) pitch.data.push_back(samples[i * kSwiftHopSamples]);
  nn::Tensor confidence{pitch.shape, std::vector<float>(num_frames, 1.0F)};
  return {pitch, confidence};
}

std::vector<SwiftFrame> Track(std::span<const float> samples, size_t block) {
  SwiftF0Tracker tracker(std::make_unique<FunctionModel>(FirstSample));
  for (size_t at = 0; at < samples.size(); at += block) {
    tracker.Push(samples.subspan(at, std::min(block, samples.size() - at)));
  }
  return tracker.Finish();
}

TEST(SwiftF0Test, WindowsJoinInPlace) {
  std::vector<float> samples(16000 * 70 + 77);
  for (size_t n = 0; n < samples.size(); ++n) samples[n] = 1 + static_cast<float>(n);
  for (const size_t block : {9999U, 2000000U}) {
    const std::vector<SwiftFrame> frames = Track(samples, block);
    ASSERT_EQ(frames.size(), samples.size() / kSwiftHopSamples);
    for (size_t i = 0; i < frames.size(); ++i) {
      ASSERT_EQ(frames[i].hz, samples[i * kSwiftHopSamples]) << i;
    }
  }
}

TEST(SwiftF0Test, SilenceIsNeverVoiced) {
  std::vector<float> samples(2560, 0.5F);
  std::fill(samples.begin() + 512, samples.begin() + 1024, 1e-4F);
  const std::vector<SwiftFrame> frames = Track(samples, 100);
  ASSERT_EQ(frames.size(), 10U);
  EXPECT_EQ(frames[1].confidence, 1);
  EXPECT_EQ(frames[2].confidence, 0);
  EXPECT_EQ(frames[3].confidence, 0);
  EXPECT_EQ(frames[4].confidence, 1);
}

TEST(SwiftF0Test, ShortAndEmptyStreams) {
  EXPECT_EQ(Track(std::vector<float>(3, 0.5F), 3).size(), 1U);
  EXPECT_TRUE(Track({}, 1).empty());
}

}  // namespace
}  // namespace stemscribe::vocals
