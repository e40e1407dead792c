#include "stages/rhythm/rhythm_net.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "nn/manifest.h"
#include "stages/rhythm/log_mel.h"

namespace stemscribe::rhythm {
namespace {

std::unique_ptr<nn::Model> Net() {
  static const auto engine = nn::MakeOpenVinoEngine({.num_threads = 2});
  static const nn::Manifest manifest = nn::Manifest::Load(nn::FindModelsDir());
  return engine->Load(manifest.Find("rhythm"));
}

std::vector<float> RandomFrames(size_t count) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> level(0, 4);
  std::vector<float> frames(count * kMelBands);
  for (float& value : frames) value = level(random);
  return frames;
}

Activations Hear(RhythmNet& net, const std::vector<float>& frames, size_t block) {
  for (size_t at = 0; at < frames.size(); at += block * kMelBands) {
    const size_t end = std::min(frames.size(), at + block * kMelBands);
    std::vector<float> part(frames.begin() + static_cast<std::ptrdiff_t>(at),
                            frames.begin() + static_cast<std::ptrdiff_t>(end));
    net.Push(part);
    EXPECT_TRUE(part.empty());
  }
  return net.Finish();
}

TEST(RhythmNetTest, WindowsAreAsOneRun) {
  constexpr size_t kFrames = 7000;
  constexpr size_t kSilent = 1024;  // before the song
  const std::vector<float> frames = RandomFrames(kFrames);
  RhythmNet net(Net());
  std::vector<float> with_silence(kSilent * kMelBands);
  with_silence.insert(with_silence.end(), frames.begin(), frames.end());
  const nn::TensorView whole{{1, kSilent + kFrames, kMelBands}, with_silence};
  const std::vector<float> logits = Net()->Run(std::span(&whole, 1)).at(0).data;
  for (const size_t block : {333U, 7000U}) {  // and each begins anew
    const Activations heard = Hear(net, frames, block);
    ASSERT_EQ(heard.beat.size(), kFrames);
    ASSERT_EQ(heard.downbeat.size(), kFrames);
    for (size_t n = 0; n < kFrames; ++n) {
      ASSERT_NEAR(heard.beat[n], 1 / (1 + std::exp(-logits[kSilent + n])), 1e-4) << n;
      ASSERT_NEAR(heard.downbeat[n], 1 / (1 + std::exp(-logits[2 * kSilent + kFrames + n])), 1e-4)
          << n;
    }
  }
}

TEST(RhythmNetTest, ShortAndEmptySongs) {
  RhythmNet net(Net());
  EXPECT_TRUE(Hear(net, {}, 1).beat.empty());
  EXPECT_EQ(Hear(net, RandomFrames(1), 1).beat.size(), 1U);
}

}  // namespace
}  // namespace stemscribe::rhythm
