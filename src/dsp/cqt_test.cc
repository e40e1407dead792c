#include "dsp/cqt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "base/error.h"

namespace stemscribe::dsp {
namespace {

constexpr double kFSharp0Hz = 23.12465141947715;
constexpr size_t kAllBins = 288;

std::vector<float> Golden(const std::string& name) {
  const auto path = std::filesystem::path(STEMSCRIBE_SOURCE_DIR) / "tests/parity/golden" / name;
  std::vector<float> values(std::filesystem::file_size(path) / sizeof(float));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

std::vector<float> Transform(HybridCqt& cqt, const std::vector<float>& song, size_t first_frame,
                             size_t num_frames) {
  std::vector<float> samples(HybridCqt::NumSamples(num_frames));
  for (size_t n = 0; n < samples.size(); ++n) {
    const size_t position = first_frame * HybridCqt::kHopSamples + n;
    if (position >= HybridCqt::kMarginSamples &&
        position - HybridCqt::kMarginSamples < song.size()) {
      samples[n] = song[position - HybridCqt::kMarginSamples];
    }
  }
  std::vector<float> out(num_frames * cqt.num_bins());
  cqt.Transform(samples, num_frames, out);
  return out;
}

// The energy of the differences in some frames, against that of the frames.
double ErrorDb(const std::vector<float>& actual, const std::vector<float>& expected,
               size_t first_frame, size_t end_frame) {
  double error = 0;
  double energy = 0;
  for (size_t i = first_frame * kAllBins; i < end_frame * kAllBins; ++i) {
    error += std::pow(actual[i] - expected[i], 2);
    energy += std::pow(expected[i], 2);
  }
  return 10 * std::log10(error / energy);
}

// tests/parity/make_golden_chords.py: three seconds of the example song, tuned up by 0.3 bins.
TEST(HybridCqtTest, EqualsLibrosa) {
  const std::vector<float> song = Golden("chords_audio.f32");
  const std::vector<float> expected = Golden("chords_cqt.f32");
  HybridCqt cqt({kFSharp0Hz * std::exp2(0.3 / 36), 0, kAllBins});
  const size_t num_frames = 1 + song.size() / HybridCqt::kHopSamples;
  const std::vector<float> actual = Transform(cqt, song, 0, num_frames);
  ASSERT_EQ(actual.size(), expected.size());

  // The excerpt is cut out of the music: beyond a cut librosa's resampler hears nothing, ours its
  // own ringing, and the longest filters reach 1.5 s. So its middle tells more than its ends.
  EXPECT_LT(ErrorDb(actual, expected, 0, num_frames), -45);
  EXPECT_LT(ErrorDb(actual, expected, 40, 80), -80);
  const float loudest = *std::ranges::max_element(expected);
  double largest_db = 0;
  for (size_t i = 40 * kAllBins; i < 80 * kAllBins; ++i) {
    if (expected[i] < 3e-3F * loudest) continue;  // 50 dB below the loudest
    largest_db = std::max(largest_db, std::abs(20 * std::log10(double{actual[i] / expected[i]})));
  }
  RecordProperty("largest_db", std::to_string(largest_db));
  EXPECT_LT(largest_db, 0.1);
}

TEST(HybridCqtTest, PartsEqualTheWhole) {
  const std::vector<float> song = Golden("chords_audio.f32");
  HybridCqt cqt({kFSharp0Hz, 18, 252});
  const std::vector<float> whole = Transform(cqt, song, 0, 130);
  const std::vector<float> part = Transform(cqt, song, 37, 50);
  for (size_t i = 0; i < part.size(); ++i) {
    const float expected = whole[37 * 252 + i];
    ASSERT_NEAR(part[i], expected, 1e-5F + 1e-4F * expected) << i;
  }
}

TEST(HybridCqtTest, AToneIsInItsBinAtEveryOctave) {
  HybridCqt cqt({kFSharp0Hz, 18, 252});
  for (const size_t bin : {size_t{25}, size_t{60}, size_t{110}, size_t{150}, size_t{200},
                           size_t{230}, size_t{245}, size_t{265}}) {
    const double hz = kFSharp0Hz * std::exp2(static_cast<double>(bin) / 36);
    std::vector<float> song(HybridCqt::kRateHz * 4);
    for (size_t n = 0; n < song.size(); ++n) {
      song[n] = static_cast<float>(
          std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / HybridCqt::kRateHz));
    }
    const std::vector<float> frame = Transform(cqt, song, 80, 1);
    const auto loudest = static_cast<size_t>(std::ranges::max_element(frame) - frame.begin());
    EXPECT_EQ(loudest + 18, bin);
  }
}

TEST(HybridCqtTest, RefusesBinsItCannotDo) {
  EXPECT_THROW(HybridCqt({kFSharp0Hz, 0, 400}), Error);
  EXPECT_THROW(HybridCqt({kFSharp0Hz / 4, 0, 288}), Error);
  EXPECT_THROW(HybridCqt({0, 0, 288}), Error);
}

TEST(HybridCqtTest, RefusesWrongLengths) {
  HybridCqt cqt({kFSharp0Hz, 18, 252});
  std::vector<float> out(252);
  EXPECT_THROW(cqt.Transform(std::vector<float>(100), 1, out), Error);
}

}  // namespace
}  // namespace stemscribe::dsp
