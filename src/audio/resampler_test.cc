#include "audio/resampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <ostream>

#include "base/error.h"

namespace stemscribe::audio {
namespace {

AudioBuffer Sine(int rate_hz, double hz, size_t num_samples) {
  AudioBuffer buffer = AudioBuffer::Zeros(rate_hz, 1, num_samples);
  for (size_t n = 0; n < num_samples; ++n) {
    const double phase = 2 * std::numbers::pi * hz * static_cast<double>(n) / rate_hz;
    buffer.channels[0][n] = static_cast<float>(0.5 * std::sin(phase));
  }
  return buffer;
}

AudioBuffer InBlocks(Resampler& resampler, const AudioBuffer& in, size_t block_samples) {
  std::vector<float> out;
  int rate_hz = 0;
  const auto take = [&](const AudioBuffer& block) {
    out.insert(out.end(), block.channels[0].begin(), block.channels[0].end());
    rate_hz = block.rate_hz;
  };
  for (size_t at = 0; at < in.num_samples(); at += block_samples) {
    const size_t end = std::min(in.num_samples(), at + block_samples);
    take(resampler.Push({in.rate_hz,
                         {{in.channels[0].begin() + static_cast<ptrdiff_t>(at),
                           in.channels[0].begin() + static_cast<ptrdiff_t>(end)}}}));
  }
  take(resampler.Flush());
  return {rate_hz, {out}};
}

struct Rates {
  int in_hz;
  int out_hz;
};

std::ostream& operator<<(std::ostream& out, const Rates& rates) {
  return out << rates.in_hz << " to " << rates.out_hz;
}

class ResamplerTest : public ::testing::TestWithParam<Rates> {};

TEST_P(ResamplerTest, KeepsToneTimeAndLength) {
  const auto [in_hz, out_hz] = GetParam();
  const double tone_hz = 0.3 * std::min(in_hz, out_hz);
  const size_t num_in = static_cast<size_t>(in_hz) + 77;
  Resampler resampler(in_hz, out_hz, 1);
  const AudioBuffer out = InBlocks(resampler, Sine(in_hz, tone_hz, num_in), 4099);
  EXPECT_EQ(out.rate_hz, out_hz);
  EXPECT_EQ(static_cast<long>(out.num_samples()),
            std::lround(static_cast<double>(num_in) * out_hz / in_hz));
  const AudioBuffer wanted = Sine(out_hz, tone_hz, out.num_samples());
  double worst = 0;  // a shift of a hundredth of a sample would be 0.009
  const size_t margin = out.num_samples() / 8;
  for (size_t n = margin; n + margin < out.num_samples(); ++n) {
    const double difference =
        static_cast<double>(out.channels[0][n]) - static_cast<double>(wanted.channels[0][n]);
    worst = std::max(worst, std::abs(difference));
  }
  EXPECT_LT(worst, 1e-4);
}

TEST_P(ResamplerTest, ShortStreamsHaveTheRightLengthToo) {
  const auto [in_hz, out_hz] = GetParam();
  Resampler resampler(in_hz, out_hz, 1);
  for (const size_t num_in : {1, 2, 50, 1000}) {
    const AudioBuffer out = InBlocks(resampler, Sine(in_hz, 100, num_in), 4099);
    EXPECT_EQ(static_cast<long>(out.num_samples()),
              std::lround(static_cast<double>(num_in) * out_hz / in_hz));
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, ResamplerTest,
                         ::testing::Values(Rates{44100, 16000}, Rates{44100, 22050},
                                           Rates{48000, 44100}, Rates{8000, 44100},
                                           Rates{192000, 44100}, Rates{96000, 22050},
                                           Rates{11025, 22050}, Rates{44100, 44100}));

TEST(ResamplerFilterTest, RemovesWhatTheNewRateCannotHold) {
  Resampler resampler(44100, 16000, 1);
  const AudioBuffer out = InBlocks(resampler, Sine(44100, 9000, 44100), 1000);
  float worst = 0;
  for (size_t n = 1000; n + 1000 < out.num_samples(); ++n) {
    worst = std::max(worst, std::abs(out.channels[0][n]));
  }
  EXPECT_LT(worst, 1e-5F);
}

TEST(ResamplerErrorTest, RefusesNonsense) {
  EXPECT_THROW(Resampler(0, 44100, 1), Error);
  Resampler resampler(44100, 16000, 1);
  EXPECT_THROW(resampler.Push(AudioBuffer::Zeros(48000, 1, 10)), Error);
  EXPECT_THROW(resampler.Push(AudioBuffer::Zeros(44100, 2, 10)), Error);
  EXPECT_TRUE(resampler.Push({}).empty());
  EXPECT_TRUE(resampler.Flush().empty());
}

}  // namespace
}  // namespace stemscribe::audio
