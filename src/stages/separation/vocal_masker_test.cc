#include "stages/separation/vocal_masker.h"

#include <gtest/gtest.h>

#include "stages/separation/test_separator.h"

namespace stemscribe::separation {
namespace {

std::vector<float> Masks(int overlap_frames, size_t num_frames, size_t frames_at_once) {
  // Vocals of half, equal and twice the accompaniment: ratios of 0.2, 0.5, 0.8.
  const auto rising = [](int run) {
    return std::array{0.25F, 0.5F, 1.0F}.at(static_cast<size_t>(run));
  };
  VocalMasker masker(std::make_unique<FakeNet>(rising),
                     std::make_unique<FakeNet>([](int) { return 0.5F; }), overlap_frames);
  const std::vector<float> magnitudes(num_frames * VocalMasker::kNetFrameValues, 1.0F);
  std::vector<float> masks;
  for (size_t frame = 0; frame < num_frames; frame += frames_at_once) {
    const size_t count = std::min(frames_at_once, num_frames - frame);
    masker.Push(std::span(magnitudes).first(count * VocalMasker::kNetFrameValues), masks);
  }
  masker.Finish(masks);
  EXPECT_EQ(masks.size(), magnitudes.size());
  std::vector<float> of_frames;  // every value of a frame is the same here
  for (size_t i = 0; i < masks.size(); i += VocalMasker::kNetFrameValues) {
    of_frames.push_back(masks[i]);
    EXPECT_EQ(masks[i], masks[i + VocalMasker::kNetFrameValues - 1]);
  }
  return of_frames;
}

TEST(VocalMaskerTest, SegmentsFadeIntoOneAnother) {
  const std::vector<float> masks = Masks(64, 1000, 7);
  EXPECT_NEAR(masks[0], 0.2, 1e-6);
  EXPECT_NEAR(masks[447], 0.2, 1e-6);
  EXPECT_NEAR(masks[448], 0.2 + 0.3 * 1 / 65, 1e-6);
  EXPECT_NEAR(masks[511], 0.2 + 0.3 * 64 / 65, 1e-6);
  EXPECT_NEAR(masks[512], 0.5, 1e-6);
  EXPECT_NEAR(masks[895], 0.5, 1e-6);
  EXPECT_NEAR(masks[999], 0.8, 1e-6);
}

TEST(VocalMaskerTest, WithoutOverlapSegmentsFollowOneAnother) {
  const std::vector<float> masks = Masks(0, 1100, 1100);
  EXPECT_NEAR(masks[511], 0.2, 1e-6);
  EXPECT_NEAR(masks[512], 0.5, 1e-6);
  EXPECT_NEAR(masks[1024], 0.8, 1e-6);
}

TEST(VocalMaskerTest, NoSegmentIsRunForFramesThatAreMaskedAlready) {
  for (const size_t num_frames : {512, 500, 1}) {
    for (const float mask : Masks(64, num_frames, 100)) EXPECT_NEAR(mask, 0.2, 1e-6);
  }
  EXPECT_EQ(Masks(64, 0, 1).size(), 0U);
}

TEST(VocalMaskerTest, SilenceIsNobodys) {
  VocalMasker masker(std::make_unique<FakeNet>(HalfMask), std::make_unique<FakeNet>(HalfMask), 64);
  std::vector<float> masks;
  masker.Push(std::vector<float>(VocalMasker::kNetFrameValues), masks);
  masker.Finish(masks);
  ASSERT_EQ(masks.size(), VocalMasker::kNetFrameValues);
  for (const float mask : masks) EXPECT_EQ(mask, 0.5F);
}

}  // namespace
}  // namespace stemscribe::separation
