#include "dsp/mel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace stemscribe::dsp {
namespace {

constexpr double kLinearHzPerMel = 200.0 / 3.0;
constexpr double kBreakHz = 1000.0;
constexpr double kBreakMel = kBreakHz / kLinearHzPerMel;
const double kLogStep = std::log(6.4) / 27.0;

}  // namespace

double HzToMel(double hz) {
  return hz < kBreakHz ? hz / kLinearHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kLogStep;
}

double MelToHz(double mel) {
  return mel < kBreakMel ? mel * kLinearHzPerMel
                         : kBreakHz * std::exp((mel - kBreakMel) * kLogStep);
}

MelFilterbank::MelFilterbank(int rate_hz, size_t fft_size, size_t num_bands, double min_hz,
                             double max_hz)
    : num_bins_(fft_size / 2 + 1), bands_(num_bands) {
  if (num_bands == 0 || min_hz < 0 || max_hz <= min_hz || max_hz > rate_hz / 2.0) {
    throw Error(ErrorCode::kInvalidArgument,
                "mel filters need bands between 0 Hz and half the rate");
  }
  const double low_mel = HzToMel(min_hz);
  const double step = (HzToMel(max_hz) - low_mel) / static_cast<double>(num_bands + 1);
  const auto edge_hz = [&](size_t i) { return MelToHz(low_mel + step * static_cast<double>(i)); };
  for (size_t b = 0; b < num_bands; ++b) {
    const double low = edge_hz(b);
    const double centre = edge_hz(b + 1);
    const double high = edge_hz(b + 2);
    Band& band = bands_[b];
    for (size_t k = 0; k < num_bins_; ++k) {
      const double hz = static_cast<double>(k) * rate_hz / static_cast<double>(fft_size);
      const double height = std::min((hz - low) / (centre - low), (high - hz) / (high - centre));
      if (height <= 0) continue;
      if (band.weights.empty()) band.first_bin = k;
      band.weights.push_back(static_cast<float>(height * 2.0 / (high - low)));
    }
  }
}

void MelFilterbank::Apply(std::span<const float> bins, std::span<float> bands) const {
  for (size_t b = 0; b < bands_.size(); ++b) {
    const Band& band = bands_[b];
    bands[b] =
        std::transform_reduce(band.weights.begin(), band.weights.end(),
                              bins.begin() + static_cast<std::ptrdiff_t>(band.first_bin), 0.0F);
  }
}

}  // namespace stemscribe::dsp
