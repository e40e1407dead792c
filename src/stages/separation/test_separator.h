// What the tests of the separation share: nets that are no nets, signals, and a whole song at once.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include "stages/separation/dsp_splitter.h"
#include "stages/separation/stem_separator.h"
#include "stages/separation/vocal_masker.h"

namespace stemscribe::separation {

/// Answers its n-th run with the same mask, mask_of_run(n), everywhere.
class FakeNet : public nn::Model {
 public:
  explicit FakeNet(std::function<float(int)> mask_of_run) : mask_of_run_(std::move(mask_of_run)) {}

  std::vector<nn::Tensor> Run(std::span<const nn::TensorView> inputs) override {
    const std::vector<float> mask(inputs[0].data.size(), mask_of_run_(runs_++));
    return {{inputs[0].shape, mask}};
  }
  std::string engine() const override { return "fake"; }

 private:
  std::function<float(int)> mask_of_run_;
  int runs_ = 0;
};

inline std::unique_ptr<Separator> MakeFakeSeparator(std::function<float(int)> vocals_mask,
                                                    const SeparatorParams& params = {}) {
  auto masker = std::make_unique<VocalMasker>(std::make_unique<FakeNet>(std::move(vocals_mask)),
                                              std::make_unique<FakeNet>([](int) { return 0.5F; }),
                                              params.overlap_frames);
  return std::make_unique<StemSeparator>(std::move(masker), std::make_unique<DspSplitter>(), params,
                                         "fake 1");
}

inline float HalfMask(int) { return 0.5F; }
inline float NoMask(int) { return 0.0F; }

/// White noise of both channels, full scale ±`level`.
inline audio::AudioBuffer Noise(size_t num_samples, float level = 0.5F) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(-level, level);
  auto noise = audio::AudioBuffer::Zeros(kRateHz, 2, num_samples);
  for (auto& channel : noise.channels)
    std::generate(channel.begin(), channel.end(), [&] { return uniform(random); });
  return noise;
}

/// Adds a sine to both channels.
inline void AddTone(audio::AudioBuffer& audio, double hz, float amplitude) {
  for (auto& channel : audio.channels) {
    for (size_t n = 0; n < channel.size(); ++n) {
      const double phase = 2 * std::numbers::pi * hz * static_cast<double>(n) / kRateHz;
      channel[n] += amplitude * static_cast<float>(std::sin(phase));
    }
  }
}

/// Pushes `song` in blocks of `block_samples` and joins what comes.
inline StemBlock Separate(Separator& separator, const audio::AudioBuffer& song,
                          size_t block_samples = 50000) {
  StemBlock all;
  all.fill(audio::AudioBuffer::Zeros(kRateHz, 2, 0));
  const StemSink join = [&all](StemBlock&& stems) {
    for (size_t stem = 0; stem < kNumStems; ++stem) {
      for (size_t c = 0; c < 2; ++c) {
        auto& to = all[stem].channels[c];
        to.insert(to.end(), stems[stem].channels[c].begin(), stems[stem].channels[c].end());
      }
    }
    all.voice.insert(all.voice.end(), stems.voice.begin(), stems.voice.end());
  };
  for (size_t start = 0; start < song.num_samples(); start += block_samples) {
    const auto first = static_cast<std::ptrdiff_t>(start);
    const auto last =
        static_cast<std::ptrdiff_t>(std::min(start + block_samples, song.num_samples()));
    audio::AudioBuffer block{song.rate_hz, {}};
    for (const auto& channel : song.channels) {
      block.channels.emplace_back(channel.begin() + first, channel.begin() + last);
    }
    separator.Push(block, join);
  }
  separator.Finish(join);
  return all;
}

/// Energy of `wanted` over that of the difference, in dB, over both channels.
inline double SnrDb(const audio::AudioBuffer& wanted, const audio::AudioBuffer& got) {
  double signal = 0;
  double error = 0;
  for (size_t c = 0; c < wanted.channels.size(); ++c) {
    for (size_t n = 0; n < wanted.num_samples(); ++n) {
      const double difference = double{wanted.channels[c][n]} - double{got.channels[c].at(n)};
      signal += double{wanted.channels[c][n]} * double{wanted.channels[c][n]};
      error += difference * difference;
    }
  }
  return 10 * std::log10(signal / (error + 1e-30));
}

}  // namespace stemscribe::separation
