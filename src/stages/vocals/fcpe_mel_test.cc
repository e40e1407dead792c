#include "stages/vocals/fcpe_mel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "stages/vocals/test_signals.h"

namespace stemscribe::vocals {
namespace {

std::vector<float> MelOf(std::span<const float> samples, size_t block) {
  FcpeMel mel;
  std::vector<float> frames;
  for (size_t at = 0; at < samples.size(); at += block) {
    mel.Push(samples.subspan(at, std::min(block, samples.size() - at)), frames);
  }
  mel.Finish(frames);
  return frames;
}

TEST(FcpeMelTest, EqualsThePackage) {
  const std::vector<float> expected = Golden("vocals_mel.f32");
  const std::vector<float> frames = MelOf(Golden("vocals_audio.f32"), 4096);
  ASSERT_EQ(frames.size(), expected.size() + kMelBands);
  for (size_t i = 0; i < expected.size(); ++i) {
    // Near the logarithm's floor it magnifies what the FFTs round differently.
    ASSERT_NEAR(frames[i], expected[i], expected[i] < -9 ? 1e-2 : 1e-3)
        << "frame " << i / kMelBands;
  }
  // The package repeats its last frame.
  EXPECT_TRUE(std::equal(frames.end() - kMelBands, frames.end(), frames.end() - 2 * kMelBands));
}

TEST(FcpeMelTest, BlocksDoNotMatter) {
  const std::vector<float> samples = Sing(0.7, [](double t) { return 200 + 300 * t; });
  const std::vector<float> whole = MelOf(samples, samples.size());
  for (const size_t block : {1U, 159U, 433U, 1000U}) EXPECT_EQ(MelOf(samples, block), whole);
}

TEST(FcpeMelTest, ShortClipsHaveTheirFrames) {
  for (const size_t length : {1U, 160U, 431U, 432U, 433U, 600U, 1024U}) {
    const std::vector<float> frames = MelOf(std::vector<float>(length, 0.1F), length);
    EXPECT_EQ(frames.size(), (length / kHopSamples + 1) * kMelBands) << length;
  }
  EXPECT_TRUE(MelOf({}, 1).empty());
}

}  // namespace
}  // namespace stemscribe::vocals
