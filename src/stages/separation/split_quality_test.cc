// What the splitter that ships makes of music that is easy to judge: no musical noise, no failure.

#include <gtest/gtest.h>

#include <complex>

#include "stages/separation/test_separator.h"

namespace stemscribe::separation {
namespace {

constexpr size_t kBeat = kRateHz / 2;
constexpr size_t kSong = 24 * kBeat;  // twelve seconds: one segment of the net

/// The splitter alone, with the whole mix as the instrumental.
StemBlock Split(const audio::AudioBuffer& instrumental) {
  static const auto engine = nn::MakeOpenVinoEngine({.num_threads = 2});
  static const auto separator = std::make_unique<StemSeparator>(
      std::make_unique<VocalMasker>(std::make_unique<FakeNet>([](int) { return 0.0F; }),
                                    std::make_unique<FakeNet>([](int) { return 1.0F; }), 64),
      MakeSplitter(nn::Manifest::Load(nn::FindModelsDir()), *engine, {}),
      SeparatorParams{.extend_mask = false}, "none");
  return Separate(*separator, instrumental);
}

/// Kick and snare in turn, half a second apart, each over within 0.2 s.
audio::AudioBuffer DrumHits() {
  auto drums = audio::AudioBuffer::Zeros(kRateHz, 2, kSong);
  const auto noise = Noise(kBeat, 1.0F);
  for (size_t start = 0; start < kSong; start += kBeat) {
    const bool kick = start / kBeat % 2 == 0;
    for (size_t n = 0; n < kBeat; ++n) {
      const double time = double(n) / kRateHz;
      const double decay = std::exp(-time / (kick ? 0.05 : 0.03));
      const double tone =
          std::sin(2 * std::numbers::pi * (kick ? 55 * time - 4 * decay : 190 * time));
      for (size_t c = 0; c < 2; ++c) {
        drums.channels[c][start + n] = static_cast<float>(
            0.6 * decay * (tone + (kick ? 0.1 : 0.7) * double{noise.channels[c][n]}));
      }
    }
  }
  return drums;
}

/// A note with overtones that fade, cut off softly.
void AddNote(audio::AudioBuffer& audio, double hz, size_t start, size_t length, double level,
             double attack_sec) {
  for (size_t n = 0; n < length && start + n < audio.num_samples(); ++n) {
    const double time = double(n) / kRateHz;
    const double left = double(length - n) / kRateHz;
    double value = 0;
    for (int k = 1; k * hz < 6000 && k <= 10; ++k) {
      value += std::sin(2 * std::numbers::pi * hz * k * time + k) / k;
    }
    const double envelope = std::min({1.0, time / attack_sec, left / 0.05});
    for (auto& channel : audio.channels) {
      channel[start + n] += static_cast<float>(level * envelope * value);
    }
  }
}

void Add(audio::AudioBuffer& to, const audio::AudioBuffer& what, float gain = 1) {
  for (size_t c = 0; c < 2; ++c) {
    for (size_t n = 0; n < to.num_samples(); ++n) to.channels[c][n] += gain * what.channels[c][n];
  }
}

/// A bass line of quarters, 41 … 65 Hz.
audio::AudioBuffer BassLine(double level) {
  auto bass = audio::AudioBuffer::Zeros(kRateHz, 2, kSong);
  for (size_t beat = 0; beat < 24; ++beat) {
    AddNote(bass, 41.2 * std::array{1.0, 1.0, 1.335, 1.5}.at(beat / 4 % 4), beat * kBeat,
            kBeat - 2000, level, 0.008);
  }
  return bass;
}

/// Four bowed voices in slow notes, the lowest a cello's.
audio::AudioBuffer Quartet() {
  auto quartet = audio::AudioBuffer::Zeros(kRateHz, 2, kSong);
  const std::array<std::array<double, 4>, 3> chords = {
      {{98, 196, 293.7, 493.9}, {130.8, 196, 329.6, 523.3}, {146.8, 220, 370, 587.3}}};
  for (size_t beat = 0; beat < 24; beat += 2) {
    for (const double hz : chords.at(beat / 2 % 3)) {
      AddNote(quartet, hz, beat * kBeat, 2 * kBeat - 1500, 0.08, 0.06);
    }
  }
  return quartet;
}

double PowerDb(const audio::AudioBuffer& audio, size_t from = 0, size_t to = kSong) {
  double power = 0;
  for (const auto& channel : audio.channels) {
    for (size_t n = from; n < to; ++n) power += double{channel[n]} * double{channel[n]};
  }
  return 10 * std::log10(power / double(to - from) + 1e-14);
}

double BelowDb(const audio::AudioBuffer& part, const audio::AudioBuffer& whole) {
  return PowerDb(part) - PowerDb(whole);
}

/// In the second half of each beat, where no drum sounds: level in dB.
double GapsDb(const audio::AudioBuffer& audio) {
  double power = 0;
  for (size_t start = 0; start < kSong; start += kBeat) {
    power += std::pow(10, PowerDb(audio, start + kBeat / 2, start + kBeat) / 10);
  }
  return 10 * std::log10(power / 24);
}

/// How peaky the power spectra of the gaps are: their kurtosis over all frames and bins of
/// 500 Hz … 8 kHz, each bin relative to its mean. Musical noise, that is bins that flash, raises
/// it far beyond that of noise (Uemura et al., "Automatic optimization scheme of spectral
/// subtraction based on musical noise assessment via higher-order statistics", 2008).
double Kurtosis(const audio::AudioBuffer& audio) {
  constexpr dsp::StftShape kShape{.fft_size = 1024, .hop = 256};
  dsp::StftAnalyzer analyzer(kShape);
  std::vector<std::complex<float>> frames;
  analyzer.Push(audio.channels[0], frames);
  double second = 0;
  double fourth = 0;
  for (size_t bin = 12; bin < 186; ++bin) {
    std::vector<double> powers;
    for (size_t i = 0; (i + 1) * kShape.num_bins() <= frames.size(); ++i) {
      const size_t in_beat = i * kShape.hop % kBeat;
      if (in_beat < kBeat / 2 || in_beat > kBeat - kShape.fft_size) continue;
      powers.push_back(double{std::norm(frames[i * kShape.num_bins() + bin])});
    }
    double mean = 1e-14;
    for (const double power : powers) mean += power / double(powers.size());
    for (const double power : powers) {
      second += std::pow(power / mean, 2) / double(powers.size());
      fourth += std::pow(power / mean, 4) / double(powers.size());
    }
  }
  return fourth * 174 / (second * second);
}

void ExpectSumAndSanity(const StemBlock& stems, const audio::AudioBuffer& mix) {
  for (size_t c = 0; c < 2; ++c) {
    for (size_t n = 0; n < mix.num_samples(); ++n) {
      const auto at = [&](Stem stem) { return stems[stem].channels[c][n]; };
      ASSERT_TRUE(std::isfinite(at(kDrums)) && std::isfinite(at(kBass))) << n;
      ASSERT_NEAR(at(kDrums) + at(kBass) + at(kOther), mix.channels[c][n], 1e-6) << n;
    }
  }
}

/// White noise of which each bin of each frame survives with this probability: musical noise.
audio::AudioBuffer Thinned(const audio::AudioBuffer& noise, float probability) {
  std::mt19937 random(3);
  std::bernoulli_distribution survives(probability);
  auto thinned = noise;
  for (auto& channel : thinned.channels) {
    dsp::StftAnalyzer analyzer(kStft);
    std::vector<std::complex<float>> frames;
    analyzer.Push(channel, frames);
    analyzer.Finish(frames);
    for (auto& value : frames) value *= survives(random) ? 1.0F : 0.0F;
    dsp::StftSynthesizer synthesizer(kStft);
    std::vector<float> samples;
    for (size_t i = 0; i < frames.size(); i += kBins) {
      synthesizer.Push(std::span(frames).subspan(i, kBins), samples);
    }
    synthesizer.Finish(channel.size(), samples);
    channel = samples;
  }
  return thinned;
}

TEST(SplitQualityTest, SilenceBetweenDrumHitsStaysSilent) {
  const auto drums = DrumHits();
  const auto stems = Split(drums);
  for (const Stem stem : {kDrums, kBass, kOther}) {
    EXPECT_LT(GapsDb(stems[stem]) - PowerDb(drums), -40) << kStemNames[stem];
  }
  EXPECT_LT(BelowDb(stems[kBass], drums), -60);
  EXPECT_LT(BelowDb(stems[kOther], drums), -30);
}

// Steady noise between the hits stays noise, wherever it goes. Of Gaussian noise the kurtosis is 6.
TEST(SplitQualityTest, NoiseBetweenDrumHitsIsNotMadeMusical) {
  const auto noise = Noise(kSong, 0.03F);
  EXPECT_NEAR(Kurtosis(noise), 6, 0.3);
  EXPECT_GT(Kurtosis(Thinned(noise, 0.2F)), 16);  // the measure finds what it is for

  auto mix = DrumHits();
  Add(mix, noise);
  const auto stems = Split(mix);
  EXPECT_GT(GapsDb(stems[kDrums]) - GapsDb(noise), -6) << "most of it goes with the drums";
  EXPECT_LT(Kurtosis(stems[kDrums]), 12);
  // The little that goes elsewhere does flash: it has to be faint.
  EXPECT_LT(GapsDb(stems[kOther]) - GapsDb(noise), -8);
  EXPECT_LT(GapsDb(stems[kBass]) - GapsDb(noise), -40);
}

TEST(SplitQualityTest, AbsentInstrumentsAreSilent) {
  const auto quartet = Quartet();
  EXPECT_LT(BelowDb(Split(quartet)[kDrums], quartet), -40);
  const auto bass = BassLine(0.15);
  const auto stems = Split(bass);
  EXPECT_LT(BelowDb(stems[kDrums], bass), -40);
  EXPECT_LT(BelowDb(stems[kOther], bass), -30);
  EXPECT_GT(BelowDb(stems[kBass], bass), -0.1);
}

TEST(SplitQualityTest, QuietInstrumentsAreNotEaten) {
  auto band = DrumHits();
  Add(band, BassLine(0.15));
  Add(band, Quartet());
  const auto stems = Split(band);
  EXPECT_GT(SnrDb(DrumHits(), stems[kDrums]), 6);
  EXPECT_GT(SnrDb(BassLine(0.15), stems[kBass]), 4);
  EXPECT_GT(SnrDb(Quartet(), stems[kOther]), 4);

  auto faint = Quartet();
  Add(faint, DrumHits(), 0.5F);  // 9 dB below the whole, the bass 12
  Add(faint, BassLine(0.04));
  const auto of_faint = Split(faint);
  EXPECT_GT(BelowDb(of_faint[kBass], BassLine(0.04)), -3);
  EXPECT_GT(BelowDb(of_faint[kDrums], DrumHits()), 20 * std::log10(0.5) - 4);
}

/// Without what a telephone drops: above 3.4 kHz, sharply.
audio::AudioBuffer Telephone(audio::AudioBuffer audio) {
  for (auto& channel : audio.channels) {
    for (int pass = 0; pass < 8; ++pass) {
      float low = 0;
      for (float& sample : channel) sample = low += 0.33F * (sample - low);
    }
  }
  return audio;
}

TEST(SplitQualityTest, UnusualInputsAddUpAndDoNotFail) {
  auto band = DrumHits();
  Add(band, BassLine(0.15));
  Add(band, Quartet());
  ExpectSumAndSanity(Split(Quartet()), Quartet());
  const auto call = Telephone(band);
  const auto of_call = Split(call);
  ExpectSumAndSanity(of_call, call);
  EXPECT_GT(SnrDb(Telephone(DrumHits()), of_call[kDrums]), 4);
  EXPECT_GT(SnrDb(Telephone(BassLine(0.15)), of_call[kBass]), 3);
  auto one_side = band;
  one_side.channels[1].assign(kSong, 0.0F);
  const auto stems = Split(one_side);
  ExpectSumAndSanity(stems, one_side);
  for (const Stem stem : {kDrums, kBass, kOther}) {
    EXPECT_EQ(stems[stem].channels[1], one_side.channels[1]);
  }
}

}  // namespace
}  // namespace stemscribe::separation
