#include "audio/meter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "audio/mix.h"
#include "base/error.h"

namespace stemscribe::audio {
namespace {

AudioBuffer Tone(int rate_hz, size_t num_channels, double level_db, double sec) {
  auto tone = AudioBuffer::Zeros(rate_hz, num_channels, static_cast<size_t>(rate_hz * sec));
  const double level = std::pow(10, level_db / 20);
  for (auto& channel : tone.channels) {
    for (size_t n = 0; n < channel.size(); ++n) {
      const double phase = 2 * std::numbers::pi * 1000 * static_cast<double>(n) / rate_hz;
      channel[n] = static_cast<float>(level * std::sin(phase));
    }
  }
  return tone;
}

// EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS reads -23 LUFS, within 0.1 LU.
TEST(LoudnessMeterTest, ReadsTheToneOfEbuTech3341) {
  for (const int rate_hz : {44100, 48000}) {
    LoudnessMeter meter(rate_hz, 2);
    const AudioBuffer tone = Tone(rate_hz, 2, -23, 0.5);
    for (int i = 0; i < 20; ++i) meter.Push(tone);
    ASSERT_TRUE(meter.integrated_lufs());
    EXPECT_NEAR(*meter.integrated_lufs(), -23.0, 0.1);
    EXPECT_NEAR(meter.peak_dbfs(), -23.0, 0.05);
  }
}

TEST(LoudnessMeterTest, MonoIsAsLoudAsTheSameOnBothSpeakers) {
  LoudnessMeter meter(44100, 1);
  meter.Push(Tone(44100, 1, -23, 5));
  EXPECT_NEAR(meter.integrated_lufs().value(), -23.0, 0.1);
}

TEST(LoudnessMeterTest, SilenceAndTooShortHaveNoLoudness) {
  LoudnessMeter silent(44100, 2);
  silent.Push(AudioBuffer::Zeros(44100, 2, 100000));
  EXPECT_EQ(silent.integrated_lufs(), std::nullopt);
  EXPECT_EQ(silent.peak_dbfs(), LoudnessMeter::kSilenceDbfs);
  LoudnessMeter brief(44100, 2);
  brief.Push(Tone(44100, 2, -6, 0.2));
  EXPECT_EQ(brief.integrated_lufs(), std::nullopt);
  EXPECT_NEAR(brief.peak_dbfs(), -6, 0.05);
}

TEST(LoudnessMeterTest, PeakMayExceedFullScale) {
  LoudnessMeter meter(44100, 1);
  meter.Push({44100, {{0.0F, -2.0F, 1.0F}}});
  EXPECT_NEAR(meter.peak_dbfs(), 6.02, 0.01);
}

TEST(LoudnessMeterTest, RefusesOtherChannelCounts) {
  EXPECT_THROW(LoudnessMeter(44100, 3), Error);
  LoudnessMeter meter(44100, 2);
  EXPECT_THROW(meter.Push(AudioBuffer::Zeros(44100, 1, 10)), Error);
}

TEST(MixToMonoTest, IsTheMeanOfTheChannels) {
  EXPECT_EQ(MixToMono({44100, {{1.0F, 0.5F}, {0.0F, -0.5F}}}), (std::vector<float>{0.5F, 0.0F}));
  EXPECT_EQ(MixToMono({44100, {{1.0F}}}), (std::vector<float>{1.0F}));
  EXPECT_TRUE(MixToMono({}).empty());
}

}  // namespace
}  // namespace stemscribe::audio
