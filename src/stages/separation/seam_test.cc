// No listener may notice where one segment of the nets ends and the next begins.

#include <gtest/gtest.h>

#include "stages/separation/test_separator.h"

namespace stemscribe::separation {
namespace {

constexpr size_t kBlock = 1024;

// How much of the mix the vocals hold, block by block (of one frame's hop).
std::vector<double> Gains(const audio::AudioBuffer& mix, const audio::AudioBuffer& vocals) {
  std::vector<double> gains;
  for (size_t start = 0; start + kBlock <= mix.num_samples(); start += kBlock) {
    double product = 0;
    double power = 0;
    for (size_t n = start; n < start + kBlock; ++n) {
      product += double{mix.channels[0][n]} * double{vocals.channels[0][n]};
      power += double{mix.channels[0][n]} * double{mix.channels[0][n]};
    }
    gains.push_back(product / power);
  }
  return gains;
}

// The largest change of the gain from block to block within `from` … `to`.
double LargestStep(const std::vector<double>& gains, size_t from, size_t to) {
  double largest = 0;
  for (size_t i = from; i < to; ++i) {
    largest = std::max(largest, std::abs(gains[i + 1] - gains[i]));
  }
  return largest;
}

audio::AudioBuffer SteadyTone(size_t num_samples) {
  auto tone = audio::AudioBuffer::Zeros(kRateHz, 2, num_samples);
  AddTone(tone, 23.0 * kRateHz / kBlock, 0.4F);  // a whole number of periods in a block
  return tone;
}

// Nets that change their mind completely from one segment to the next, the worst there is.
double LargestStepOfFickleNets(const audio::AudioBuffer& mix, int overlap_frames) {
  const auto fickle = [](int run) { return run % 2 == 0 ? 0.9F : 0.2F; };
  const auto separator = MakeFakeSeparator(fickle, {.overlap_frames = overlap_frames});
  const std::vector<double> gains = Gains(mix, Separate(*separator, mix)[kVocals]);
  return LargestStep(gains, 0, gains.size() - 4);
}

TEST(SeamTest, FickleNetsMakeNoStep) {
  constexpr size_t kThreeSegments = 1300 * kBlock;
  const auto tone = SteadyTone(kThreeSegments);
  const auto noise = Noise(kThreeSegments);
  EXPECT_LT(LargestStepOfFickleNets(tone, 64), 0.02);
  EXPECT_LT(LargestStepOfFickleNets(noise, 64), 0.03);
  // The measure finds the step of a hard cut.
  EXPECT_GT(LargestStepOfFickleNets(tone, 0), 0.2);
  EXPECT_GT(LargestStepOfFickleNets(noise, 0), 0.2);
}

// With the real nets: the largest step where one segment gives way to the next.
double LargestStepOfRealNets(nn::Engine& engine, const audio::AudioBuffer& mix,
                             int overlap_frames) {
  const auto separator = MakeSeparator(nn::Manifest::Load(nn::FindModelsDir()), engine,
                                       {.overlap_frames = overlap_frames});
  const std::vector<double> gains = Gains(mix, Separate(*separator, mix)[kVocals]);
  // Segments are 512 frames long: the second fades in over 448 … 512.
  return LargestStep(gains, 440, 520);
}

TEST(SeamTest, TheRealNetsMakeNoStep) {
  const auto engine = nn::MakeOpenVinoEngine({.num_threads = 2});
  EXPECT_LT(LargestStepOfRealNets(*engine, SteadyTone(700 * kBlock), 64), 1e-4);
  const auto noise = Noise(700 * kBlock);
  const double step = LargestStepOfRealNets(*engine, noise, 64);
  EXPECT_LT(step, 0.003);
  EXPECT_LT(step, 0.5 * LargestStepOfRealNets(*engine, noise, 0));
}

}  // namespace
}  // namespace stemscribe::separation
