#include "stages/separation/blend_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "stages/separation/spectrogram.h"

namespace stemscribe::separation {
namespace {

/// Takes `delay` frames before it gives masks of `drums` and `bass`.
class LateSplitter : public InstrumentalSplitter {
 public:
  LateSplitter(size_t delay, float drums, float bass) : delay_(delay), drums_(drums), bass_(bass) {}

  void Push(std::span<const float> magnitudes, const SplitMaskSink& sink) override {
    waiting_ += magnitudes.size() / kFrameValues;
    while (waiting_ > delay_) Give(sink);
  }
  void Finish(const SplitMaskSink& sink) override {
    while (waiting_ > 0) Give(sink);
  }
  std::string engine() const override { return "late"; }

 private:
  void Give(const SplitMaskSink& sink) {
    sink({std::vector<float>(kFrameValues, drums_), std::vector<float>(kFrameValues, bass_)});
    --waiting_;
  }

  const size_t delay_;
  const float drums_, bass_;
  size_t waiting_ = 0;
};

TEST(BlendSplitterTest, GivesTheWeightedMeanOfEachFrameOnceBothHaveIt) {
  BlendSplitter splitter(std::make_unique<LateSplitter>(5, 0.8F, 0.2F),
                         std::make_unique<LateSplitter>(2, 0.4F, 0.0F), 0.75F);
  constexpr size_t kDelay = 5 + 2 + ActivityGate::kAheadFrames;
  for (int song = 0; song < 2; ++song) {
    SplitMasks ready;
    const auto take = [&](const SplitMask& mask) { ready.Append(mask); };
    size_t num_pushed = 0;
    for (const size_t num_frames : {1, 90, 3, 7}) {
      splitter.Push(std::vector<float>(num_frames * kFrameValues, 1.0F), take);
      num_pushed += num_frames;
      EXPECT_EQ(ready.drums.size(), (num_pushed > kDelay ? num_pushed - kDelay : 0) * kFrameValues);
    }
    splitter.Finish(take);
    EXPECT_EQ(ready.drums.size(), num_pushed * kFrameValues);
    EXPECT_EQ(ready.bass.size(), ready.drums.size());
    EXPECT_THAT(ready.drums, testing::Each(testing::FloatEq(0.7F)));
    EXPECT_THAT(ready.bass, testing::Each(testing::FloatEq(0.15F)));
  }
}

TEST(BlendSplitterTest, TheFirstAloneCountsWhileItHearsNoDrums) {
  BlendSplitter splitter(std::make_unique<LateSplitter>(0, 0.05F, 0.2F),
                         std::make_unique<LateSplitter>(0, 0.6F, 0.0F), 0.7F);
  SplitMasks ready;
  const auto take = [&](const SplitMask& mask) { ready.Append(mask); };
  splitter.Push(std::vector<float>(3 * kFrameValues, 1.0F), take);
  splitter.Finish(take);
  EXPECT_THAT(ready.drums, testing::Each(0.0F));  // and they are silent
  EXPECT_THAT(ready.bass, testing::Each(testing::FloatEq(0.2F)));
}

TEST(BlendSplitterTest, NamesBoth) {
  const BlendSplitter splitter(std::make_unique<LateSplitter>(0, 0.0F, 0.0F),
                               std::make_unique<LateSplitter>(0, 0.0F, 0.0F), 0.5F);
  EXPECT_EQ(splitter.engine(), "late + late");
}

}  // namespace
}  // namespace stemscribe::separation
