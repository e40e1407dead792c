#include "stages/separation/dsp_splitter.h"

#include <gtest/gtest.h>

#include "stages/separation/spectrogram.h"
#include "stages/separation/test_separator.h"

namespace stemscribe::separation {
namespace {

TEST(DspSplitterTest, MasksEveryFrameAndNeverMoreThanAll) {
  std::mt19937 random(5);
  std::exponential_distribution<float> magnitude;
  DspSplitter splitter;
  for (const size_t count : {0, 1, 2, 8, 9, 17, 30, 100}) {
    std::vector<float> magnitudes(count * kFrameValues);
    for (float& value : magnitudes) value = magnitude(random);
    SplitMasks masks;
    const auto take = [&](const SplitMask& mask) { masks.Append(mask); };
    splitter.Push(magnitudes, take);
    splitter.Finish(take);
    ASSERT_EQ(masks.drums.size(), magnitudes.size());
    ASSERT_EQ(masks.bass.size(), magnitudes.size());
    for (size_t i = 0; i < magnitudes.size(); ++i) {
      ASSERT_GE(masks.drums[i], 0);
      ASSERT_GE(masks.bass[i], 0);
      ASSERT_LE(masks.drums[i] + masks.bass[i], 1 + 1e-6);
    }
  }
}

TEST(DspSplitterTest, FramesInAnyPortionsGiveTheSameMasks) {
  std::mt19937 random(6);
  std::exponential_distribution<float> magnitude;
  std::vector<float> magnitudes(60 * kFrameValues);
  for (float& value : magnitudes) value = magnitude(random);
  SplitMasks whole;
  const auto take_whole = [&](const SplitMask& mask) { whole.Append(mask); };
  DspSplitter splitter;
  splitter.Push(magnitudes, take_whole);
  splitter.Finish(take_whole);
  SplitMasks by_one;
  const auto take_by_one = [&](const SplitMask& mask) { by_one.Append(mask); };
  for (size_t frame = 0; frame < 60; ++frame) {
    splitter.Push(std::span(magnitudes).subspan(frame * kFrameValues, kFrameValues), take_by_one);
  }
  splitter.Finish(take_by_one);
  EXPECT_EQ(whole.drums, by_one.drums);
  EXPECT_EQ(whole.bass, by_one.bass);
}

// A band of three: a bass line, a held chord, and a click four times a second.
struct Band {
  static constexpr size_t kLength = size_t{6} * kRateHz;

  Band() {
    constexpr std::array kNotes = {82.4, 110.0, 98.0};  // E2 A2 G2, two seconds each
    for (size_t i = 0; i < kNotes.size(); ++i) {
      auto note = audio::AudioBuffer::Zeros(kRateHz, 2, kLength);
      for (const int harmonic : {1, 2, 3}) {
        AddTone(note, kNotes[i] * harmonic, 0.2F / static_cast<float>(harmonic * harmonic));
      }
      for (size_t c = 0; c < 2; ++c) {
        const auto first = static_cast<std::ptrdiff_t>(i * 2 * kRateHz);
        std::copy_n(note.channels[c].begin() + first, 2 * kRateHz,
                    bass.channels[c].begin() + first);
      }
    }
    for (const double hz : {440.0, 554.4, 659.3, 1318.5}) AddTone(other, hz, 0.08F);
    const auto noise = Noise(kLength, 0.7F);
    for (size_t c = 0; c < 2; ++c) {
      for (size_t n = 0; n < kLength; ++n) {
        const double since = static_cast<double>(n % (kRateHz / 4)) / kRateHz;
        drums.channels[c][n] = noise.channels[c][n] * static_cast<float>(std::exp(-since / 0.01));
        mix.channels[c][n] = bass.channels[c][n] + drums.channels[c][n] + other.channels[c][n];
      }
    }
  }

  audio::AudioBuffer bass = audio::AudioBuffer::Zeros(kRateHz, 2, kLength);
  audio::AudioBuffer drums = bass;
  audio::AudioBuffer other = bass;
  audio::AudioBuffer mix = bass;
};

TEST(DspSplitterTest, TellsABandApart) {
  const Band band;
  const StemBlock stems = Separate(*MakeFakeSeparator(NoMask), band.mix);
  EXPECT_GT(SnrDb(band.drums, stems[kDrums]), 8);
  EXPECT_GT(SnrDb(band.bass, stems[kBass]), 8);
  EXPECT_GT(SnrDb(band.other, stems[kOther]), 8);
}

}  // namespace
}  // namespace stemscribe::separation
