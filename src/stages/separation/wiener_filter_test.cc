#include "stages/separation/wiener_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace stemscribe::separation {
namespace {

using Complex = std::complex<float>;
using Stereo = std::array<std::vector<Complex>, kChannels>;

constexpr size_t kSources = 4;  // vocals, drums, bass, other

/// A song of noises that come and go, one for each source, and masks that nearly know how loud each
/// one is.
struct Scene {
  /// `gains` of each source: left, right.
  Scene(size_t length, const std::array<std::array<float, 2>, kSources>& gains)
      : num_frames(length), masks(kSources, std::vector<float>(length * kFrameValues)) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (auto& channel : mix) channel.resize(num_frames * kBins);
    truth.fill(mix);
    for (size_t frame = 0; frame < num_frames; ++frame) {
      for (size_t bin = 0; bin < kBins; ++bin) {
        const size_t at = frame * kBins + bin;
        std::array<float, kSources> guesses{};
        for (size_t source = 0; source < kSources; ++source) {
          const float level = std::exp(1.5F * normal(random));
          const Complex sound = level * Complex(normal(random), normal(random));
          guesses[source] = level * level * std::exp(normal(random));
          for (size_t c = 0; c < kChannels; ++c) {
            truth[source][c][at] = gains[source][c] * sound;
            mix[c][at] += truth[source][c][at];
          }
        }
        for (size_t c = 0; c < kChannels; ++c) {
          float sum = 1e-12F;
          for (size_t source = 0; source < kSources; ++source) {
            sum += guesses[source] * gains[source][c] * gains[source][c];
          }
          for (size_t source = 0; source < kSources; ++source) {
            masks[source][frame * kFrameValues + c * kBins + bin] =
                guesses[source] * gains[source][c] * gains[source][c] / sum;
          }
        }
      }
    }
    KnowMasks({0, 1, 2});
  }

  // Takes the sources of these numbers for vocals, drums and bass.
  void KnowMasks(const std::array<size_t, 3>& sources) {
    vocals = masks[sources[0]];
    drums = masks[sources[1]];
    bass = masks[sources[2]];
    for (size_t i = 0; i < vocals.size(); ++i) {
      const float rest = std::max(1 - vocals[i], 1e-9F);
      drums[i] = std::min(1.0F, drums[i] / rest);
      bass[i] = std::min(1 - drums[i], bass[i] / rest);
    }
  }

  MaskedFrames Frames(size_t first, size_t count) const {
    const auto part = [&](const auto& values, size_t per_frame) {
      return std::span(values).subspan(first * per_frame, count * per_frame);
    };
    return {.num_frames = count,
            .spectra = {part(mix[0], kBins), part(mix[1], kBins)},
            .vocals = part(vocals, kFrameValues),
            .drums = part(drums, kFrameValues),
            .bass = part(bass, kFrameValues)};
  }

  size_t num_frames;
  Stereo mix{};
  std::array<Stereo, kSources> truth{};
  std::vector<std::vector<float>> masks;
  std::vector<float> vocals, drums, bass;
};

constexpr std::array<std::array<float, 2>, kSources> kApart = {
    {{1, 1}, {1, 0.2F}, {0.3F, 1}, {1, -0.8F}}};

StemSpectra Masked(const Scene& scene) {
  StemSpectra stems;
  ApplyMasks(scene.Frames(0, scene.num_frames), stems);
  return stems;
}

// The whole song through the filter, as the separator does it.
StemSpectra Filtered(const Scene& scene, WienerFilter& filter) {
  StemSpectra all;
  StemSpectra block;
  const size_t size = WienerFilter::kBlockFrames;
  const size_t num_blocks = (scene.num_frames + size - 1) / size;
  const auto frames = [&](size_t index) {
    return scene.Frames(index * size, std::min(size, scene.num_frames - index * size));
  };
  size_t done = 0;
  const auto apply = [&] {
    filter.Apply(frames(done++), block);
    for (size_t stem = 0; stem < StemSpectra::kNumStems; ++stem) {
      for (size_t c = 0; c < kChannels; ++c) {
        auto& to = all.stems[stem][c];
        to.insert(to.end(), block.stems[stem][c].begin(), block.stems[stem][c].end());
      }
    }
  };
  for (size_t index = 0; index < num_blocks; ++index) {
    filter.Learn(frames(index));
    if (index >= WienerFilter::kAheadBlocks) apply();
  }
  while (done < num_blocks) apply();
  filter.Reset();
  return all;
}

StemSpectra Filtered(const Scene& scene) {
  WienerFilter filter;
  return Filtered(scene, filter);
}

double SnrDb(const Stereo& wanted, const Stereo& got) {
  double signal = 0;
  double error = 0;
  for (size_t c = 0; c < kChannels; ++c) {
    EXPECT_EQ(wanted[c].size(), got[c].size());
    for (size_t i = 0; i < wanted[c].size(); ++i) {
      signal += double{std::norm(wanted[c][i])};
      error += double{std::norm(wanted[c][i] - got[c][i])};
    }
  }
  return 10 * std::log10(signal / (error + 1e-30));
}

// What the stems leave of the mix.
Stereo Other(const Scene& scene, const StemSpectra& stems) {
  Stereo other = scene.mix;
  for (const Stereo& stem : stems.stems) {
    for (size_t c = 0; c < kChannels; ++c) {
      for (size_t i = 0; i < other[c].size(); ++i) other[c][i] -= stem[c][i];
    }
  }
  return other;
}

TEST(WienerFilterTest, TellsApartWhatStandsApart) {
  const Scene scene(300, kApart);
  const StemSpectra masked = Masked(scene);
  const StemSpectra filtered = Filtered(scene);
  for (size_t stem = 0; stem < StemSpectra::kNumStems; ++stem) {
    EXPECT_GT(SnrDb(scene.truth[stem], filtered.stems[stem]),
              SnrDb(scene.truth[stem], masked.stems[stem]) + 2)
        << stem;
  }
  EXPECT_GT(SnrDb(scene.truth[3], Other(scene, filtered)),
            SnrDb(scene.truth[3], Other(scene, masked)) + 2);
}

TEST(WienerFilterTest, DoesWhatMasksDoWhereNothingStandsApart) {
  const float half = std::sqrt(0.5F);
  for (const auto& gains : {std::array{1.0F, 1.0F}, {half, -half}, {1.0F, 0.0F}, {0.0F, 2.0F}}) {
    const Scene scene(150, {{gains, gains, gains, gains}});
    const StemSpectra masked = Masked(scene);
    const StemSpectra filtered = Filtered(scene);
    for (size_t stem = 0; stem < StemSpectra::kNumStems; ++stem) {
      EXPECT_GT(SnrDb(masked.stems[stem], filtered.stems[stem]), 70) << gains[0] << " " << gains[1];
    }
  }
}

TEST(WienerFilterTest, AllFiltersAddUpToTheMix) {
  Scene scene(150, kApart);
  const Stereo other = Other(scene, Filtered(scene));
  scene.KnowMasks({3, 1, 2});  // other takes the place of the vocals
  EXPECT_GT(SnrDb(other, Filtered(scene).stems[StemSpectra::kVocals]), 70);
}

TEST(WienerFilterTest, AbsentSourcesStaySilent) {
  Scene scene(100, kApart);
  std::fill(scene.drums.begin(), scene.drums.end(), 0.0F);
  const StemSpectra filtered = Filtered(scene);
  for (const auto& channel : filtered.stems[StemSpectra::kDrums]) {
    for (const Complex value : channel) ASSERT_EQ(value, Complex());
  }
}

TEST(WienerFilterTest, SongsOfEveryLength) {
  WienerFilter filter;
  for (const size_t length : {1, 63, 64, 65, 128, 129, 192, 193}) {
    const Scene scene(length, kApart);
    const StemSpectra stems = Filtered(scene, filter);
    EXPECT_GT(SnrDb(scene.truth[0], stems.stems[0]), 0) << length;
    const StemSpectra again = Filtered(scene, filter);
    EXPECT_EQ(again.stems, stems.stems) << length;
  }
}

TEST(WienerFilterTest, SilenceAndNoiseBeyondAllMeasureStayFinite) {
  for (const float gain : {0.0F, 1e-25F, 1e-12F, 1e8F}) {  // 1e9: full scale, a million times over
    Scene scene(150, kApart);
    for (auto& channel : scene.mix) {
      for (Complex& value : channel) value *= gain;
      std::fill_n(channel.begin() + 70 * kBins, 20 * kBins, Complex());  // and a pause
    }
    const StemSpectra filtered = Filtered(scene);
    for (const Stereo& stem : filtered.stems) {
      for (const auto& channel : stem) {
        for (const Complex value : channel) {
          ASSERT_LE(std::abs(value), 1e5F * gain) << gain;  // not for what is no number
        }
      }
    }
  }
}

}  // namespace
}  // namespace stemscribe::separation
