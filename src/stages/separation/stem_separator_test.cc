#include "stages/separation/stem_separator.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "stages/separation/test_separator.h"

namespace stemscribe::separation {
namespace {

// Vocals + instrumental = mix, bass + drums + other = instrumental, both to float rounding.
void ExpectThatStemsAddUp(const StemBlock& stems, const audio::AudioBuffer& mix) {
  for (size_t c = 0; c < 2; ++c) {
    for (const audio::AudioBuffer& stem : stems) {
      ASSERT_EQ(stem.channels[c].size(), mix.num_samples());
    }
    for (size_t n = 0; n < mix.num_samples(); ++n) {
      const auto at = [&](Stem stem) { return stems[stem].channels[c][n]; };
      ASSERT_NEAR(at(kVocals) + at(kInstrumental), mix.channels[c][n], 2e-7) << n;
      ASSERT_NEAR(at(kBass) + at(kDrums) + at(kOther), at(kInstrumental), 2e-7) << n;
    }
  }
}

TEST(StemSeparatorTest, StemsOfEveryLengthAddUp) {
  const auto separator = MakeFakeSeparator(HalfMask);
  for (const size_t length : {0, 1, 2, 1023, 1024, 1025, 2048, 4097, 8820, 100000, 525000}) {
    const auto mix = Noise(length);
    ExpectThatStemsAddUp(Separate(*separator, mix), mix);
  }
}

TEST(StemSeparatorTest, MasksShareOutTheMix) {
  const auto mix = Noise(200000);
  const auto stems = Separate(*MakeFakeSeparator(HalfMask, {.wiener_filter = false}), mix);
  auto half = mix;
  for (auto& channel : half.channels) {
    for (float& sample : channel) sample *= 0.5F;
  }
  EXPECT_GT(SnrDb(half, stems[kVocals]), 100);
  EXPECT_GT(SnrDb(half, stems[kInstrumental]), 100);
}

TEST(StemSeparatorTest, TheVoiceForThePitchIsMaskedMoreGently) {
  // Magnitudes of 0.25 and 0.5: a fifth of the mix by their squares, a third by themselves.
  const auto mix = Noise(200000);
  const auto quarter = [](int) { return 0.25F; };
  const auto stems = Separate(*MakeFakeSeparator(quarter, {.wiener_filter = false}), mix);
  auto fifth = mix;
  audio::AudioBuffer third{kRateHz, {std::vector<float>(mix.num_samples())}};
  for (auto& channel : fifth.channels) {
    for (size_t n = 0; n < channel.size(); ++n) {
      third.channels[0][n] += channel[n] / 6;
      channel[n] /= 5;
    }
  }
  EXPECT_GT(SnrDb(fifth, stems[kVocals]), 80);
  EXPECT_GT(SnrDb(third, {kRateHz, {stems.voice}}), 80);
  const auto without = Separate(*MakeFakeSeparator(HalfMask, {.with_voice = false}), mix);
  EXPECT_TRUE(without.voice.empty());
}

TEST(StemSeparatorTest, BlockSizesDoNotMatter) {
  const auto run = [](size_t num_samples, size_t block) {
    const auto changing = [](int n) { return n % 2 == 0 ? 0.3F : 0.9F; };
    return Separate(*MakeFakeSeparator(changing), Noise(num_samples), block);
  };
  const auto expect_same = [](const StemBlock& a, const StemBlock& b) {
    for (size_t stem = 0; stem < kNumStems; ++stem) {
      EXPECT_EQ(a[stem].channels, b[stem].channels) << kStemNames[stem];
    }
    EXPECT_EQ(a.voice, b.voice);
  };
  const StemBlock whole = run(600000, 600000);
  for (const size_t block : {777, 65536, 300001}) expect_same(run(600000, block), whole);
  expect_same(run(3000, 1), run(3000, 3000));
}

TEST(StemSeparatorTest, TakesOneSongAfterAnother) {
  const auto separator = MakeFakeSeparator(HalfMask);
  const StemBlock first = Separate(*separator, Noise(70001));
  Separate(*separator, Noise(5));
  const StemBlock again = Separate(*separator, Noise(70001));
  for (size_t stem = 0; stem < kNumStems; ++stem) {
    EXPECT_EQ(first[stem].channels, again[stem].channels);
  }
}

TEST(StemSeparatorTest, SilenceStaysSilence) {
  const auto silence = audio::AudioBuffer::Zeros(kRateHz, 2, 530000);
  for (const auto& stem : Separate(*MakeFakeSeparator(HalfMask), silence)) {
    EXPECT_EQ(stem.channels, silence.channels);
  }
}

TEST(StemSeparatorTest, OneVoiceInBothChannelsStaysInTheMiddle) {
  auto mix = Noise(80000);
  mix.channels[1] = mix.channels[0];
  for (const auto& stem : Separate(*MakeFakeSeparator(HalfMask), mix)) {
    EXPECT_EQ(stem.channels[0], stem.channels[1]);
  }
}

TEST(StemSeparatorTest, DamagedSamplesAreSilence) {
  auto mix = Noise(60000);
  auto repaired = mix;
  constexpr auto kInfinity = std::numeric_limits<float>::infinity();
  const std::array bad = {std::nanf(""), kInfinity, -kInfinity, 3e38F};
  for (size_t i = 0; i < bad.size(); ++i) {
    mix.channels[i % 2][1000 * i] = bad[i];
    repaired.channels[i % 2][1000 * i] = 0;
  }
  ExpectThatStemsAddUp(Separate(*MakeFakeSeparator(HalfMask), mix), repaired);
}

TEST(StemSeparatorTest, LoudSongsAreNotClipped) {
  const auto mix = Noise(60000, 4.0F);
  const auto stems = Separate(*MakeFakeSeparator(NoMask), mix);
  EXPECT_GT(SnrDb(mix, stems[kInstrumental]), 100);
}

TEST(StemSeparatorTest, TheMaskGoesOnAboveWhatTheNetsSee) {
  auto mix = audio::AudioBuffer::Zeros(kRateHz, 2, 100000);
  AddTone(mix, 15000, 0.5F);
  auto half = audio::AudioBuffer::Zeros(kRateHz, 2, 100000);
  AddTone(half, 15000, 0.25F);
  const auto extended = Separate(*MakeFakeSeparator(HalfMask), mix);
  EXPECT_GT(SnrDb(half, extended[kVocals]), 80);
  const auto cut = Separate(*MakeFakeSeparator(HalfMask, {.extend_mask = false}), mix);
  EXPECT_GT(SnrDb(mix, cut[kInstrumental]), 60);
}

TEST(StemSeparatorTest, NamesItsEngines) {
  const auto expect = [](const SeparatorParams& params, const std::string& filter) {
    const auto engines = MakeFakeSeparator(HalfMask, params)->engines();
    EXPECT_EQ(engines[kVocals], "fake 1 (fake)" + filter);
    EXPECT_EQ(engines[kInstrumental], "fake 1 (fake)" + filter);
    for (const Stem stem : {kBass, kDrums, kOther}) {
      EXPECT_EQ(engines[stem], "dsp-splitter 1" + filter);
    }
  };
  expect({}, " + wiener-filter 1");
  expect({.wiener_filter = false}, "");
}

TEST(StemSeparatorTest, RefusesWhatItCannotTake) {
  const auto separator = MakeFakeSeparator(HalfMask);
  const StemSink ignore = [](StemBlock&&) {};
  EXPECT_THROW(separator->Push(audio::AudioBuffer::Zeros(48000, 2, 10), ignore), Error);
  EXPECT_THROW(separator->Push(audio::AudioBuffer::Zeros(kRateHz, 1, 10), ignore), Error);
  EXPECT_THROW(MakeFakeSeparator(HalfMask, {.overlap_frames = -1}), Error);
  EXPECT_THROW(MakeFakeSeparator(HalfMask, {.overlap_frames = 257}), Error);
}

// Nets that fail on another thread must fail the caller.
TEST(StemSeparatorTest, FailuresOfANetReachTheCaller) {
  const auto failing = [](int) -> float { throw Error(ErrorCode::kProcessingFailed, "no"); };
  const auto separator = MakeFakeSeparator(failing);
  EXPECT_THROW(Separate(*separator, Noise(1000)), Error);
}

}  // namespace
}  // namespace stemscribe::separation
