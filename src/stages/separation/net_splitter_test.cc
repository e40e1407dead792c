#include "stages/separation/net_splitter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "stages/separation/test_separator.h"

namespace stemscribe::separation {
namespace {

constexpr size_t kFrames = SegmentMasker::kSegmentFrames;
constexpr size_t kNetBins = SegmentMasker::kNetBins;

/// Gives row r (drums left and right, bass left and right) the mask share(run, r) everywhere.
class FakeSplitterNet : public nn::Model {
 public:
  using Share = std::function<float(int run, size_t row)>;
  explicit FakeSplitterNet(Share share) : share_(std::move(share)) {}

  std::vector<nn::Tensor> Run(std::span<const nn::TensorView> inputs) override {
    EXPECT_EQ(inputs[0].shape, (std::vector<int64_t>{1, 2, kFrames, kNetBins}));
    nn::Tensor shares{{1, 4, kFrames, kNetBins}, {}};
    for (size_t row = 0; row < 4; ++row) {
      shares.data.insert(shares.data.end(), kFrames * kNetBins, share_(runs_, row));
    }
    ++runs_;
    return {shares};
  }
  std::string engine() const override { return "fake"; }

 private:
  const Share share_;
  int runs_ = 0;
};

float ShareOfRow(int /*run*/, size_t row) { return std::array{0.5F, 0.4F, 0.2F, 0.1F}.at(row); }

std::unique_ptr<Separator> MakeInstrumentalSeparator(FakeSplitterNet::Share share) {
  auto no_voice = std::make_unique<VocalMasker>(std::make_unique<FakeNet>(NoMask),
                                                std::make_unique<FakeNet>(HalfMask), 64);
  auto splitter = std::make_unique<NetSplitter>(std::make_unique<FakeSplitterNet>(std::move(share)),
                                                "fake splitter", 64);
  return std::make_unique<StemSeparator>(
      std::move(no_voice), std::move(splitter),
      SeparatorParams{.extend_mask = false, .wiener_filter = false}, "fake");
}

audio::AudioBuffer Scaled(audio::AudioBuffer audio, std::array<float, 2> gains) {
  for (size_t c = 0; c < 2; ++c) {
    for (float& sample : audio.channels[c]) sample *= gains[c];
  }
  return audio;
}

TEST(NetSplitterTest, SharesOutEachSide) {
  const auto mix = Noise(600000);  // more than a segment
  const auto stems = Separate(*MakeInstrumentalSeparator(ShareOfRow), mix);
  EXPECT_GT(SnrDb(Scaled(mix, {0.5F, 0.4F}), stems[kDrums]), 80);
  EXPECT_GT(SnrDb(Scaled(mix, {0.2F, 0.1F}), stems[kBass]), 80);
  EXPECT_GT(SnrDb(Scaled(mix, {0.3F, 0.5F}), stems[kOther]), 80);
}

TEST(NetSplitterTest, StemsOfEveryLengthAddUp) {
  const auto separator = MakeInstrumentalSeparator(ShareOfRow);
  for (const size_t length : {0, 1, 1024, 4097, 100000, 525000}) {
    const auto mix = Noise(length);
    const auto stems = Separate(*separator, mix);
    for (size_t c = 0; c < 2; ++c) {
      ASSERT_EQ(stems[kOther].channels[c].size(), length);
      for (size_t n = 0; n < length; ++n) {
        const auto at = [&](Stem stem) { return stems[stem].channels[c][n]; };
        ASSERT_NEAR(at(kBass) + at(kDrums) + at(kOther), at(kInstrumental), 2e-7) << n;
      }
    }
  }
}

TEST(NetSplitterTest, BlockSizesDoNotMatter) {
  const auto run = [](size_t block) {
    const auto fickle = [](int n, size_t row) { return n % 2 == 0 ? 0.1F : 0.1F * float(row + 1); };
    return Separate(*MakeInstrumentalSeparator(fickle), Noise(700000), block);
  };
  const StemBlock whole = run(700000);
  const StemBlock pieces = run(50021);
  for (const Stem stem : {kDrums, kBass, kOther}) {
    EXPECT_EQ(whole[stem].channels, pieces[stem].channels);
  }
}

TEST(NetSplitterTest, SegmentsFadeIntoOneAnother) {
  const auto fickle = [](int run, size_t row) {
    const bool of_bass = row >= 2;
    return (run % 2 == 0) == of_bass ? 0.6F : 0.1F;
  };
  NetSplitter splitter(std::make_unique<FakeSplitterNet>(fickle), "fake", 64);
  SplitMasks ready;
  const auto take = [&](const SplitMask& mask) { ready.Append(mask); };
  splitter.Push(std::vector<float>(1000 * kFrameValues, 1.0F), take);
  splitter.Finish(take);
  ASSERT_EQ(ready.drums.size(), 1000 * kFrameValues);
  ASSERT_EQ(ready.bass.size(), 1000 * kFrameValues);
  float largest_step = 0;
  for (size_t i = kFrameValues; i < ready.drums.size(); ++i) {
    largest_step = std::max(largest_step, std::abs(ready.drums[i] - ready.drums[i - kFrameValues]));
  }
  EXPECT_NEAR(largest_step, 0.5 / 65, 1e-4);
  EXPECT_NEAR(ready.bass.back(), 0.6, 1e-6);  // the third run
}

TEST(NetSplitterTest, TheShareGoesOnAboveWhatTheNetSees) {
  auto mix = audio::AudioBuffer::Zeros(kRateHz, 2, 100000);
  AddTone(mix, 15000, 0.5F);
  const auto stems = Separate(*MakeInstrumentalSeparator(ShareOfRow), mix);
  EXPECT_GT(SnrDb(Scaled(mix, {0.5F, 0.4F}), stems[kDrums]), 60);
}

TEST(NetSplitterTest, NamesTheNetAndItsEngine) {
  const auto engines = MakeInstrumentalSeparator(ShareOfRow)->engines();
  for (const Stem stem : {kDrums, kBass, kOther}) EXPECT_EQ(engines[stem], "fake splitter (fake)");
}

}  // namespace
}  // namespace stemscribe::separation
