#include "dsp/fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace stemscribe::dsp {
namespace {

class RealFftTest : public testing::TestWithParam<size_t> {};

TEST_P(RealFftTest, ForwardMatchesTheDefinition) {
  const size_t size = GetParam();
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(size);
  for (float& v : x) v = normal(random);
  RealFft fft(size);
  std::vector<std::complex<float>> bins(fft.num_bins());
  fft.Forward(x, bins);
  for (size_t k = 0; k < bins.size(); k += std::max<size_t>(1, bins.size() / 16)) {
    std::complex<double> sum = 0;
    for (size_t n = 0; n < size; ++n) {
      sum += std::polar<double>(x[n], -2 * std::numbers::pi * static_cast<double>(k * n % size) /
                                          static_cast<double>(size));
    }
    EXPECT_LT(std::abs(sum - std::complex<double>(bins[k])), 1e-5 * static_cast<double>(size)) << k;
  }
}

TEST_P(RealFftTest, InverseUndoesForward) {
  const size_t size = GetParam();
  std::vector<float> x(size);
  for (size_t n = 0; n < size; ++n) x[n] = std::sin(0.37F * static_cast<float>(n * n % 101));
  RealFft fft(size);
  std::vector<std::complex<float>> bins(fft.num_bins());
  fft.Forward(x, bins);
  std::vector<float> y(size);
  fft.Inverse(bins, y);
  for (size_t n = 0; n < size; ++n) EXPECT_NEAR(x[n], y[n], 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RealFftTest, testing::Values(64, 1024, 2048, 4096, 16384));

}  // namespace
}  // namespace stemscribe::dsp
