#include "dsp/tuning.h"

#include <algorithm>
#include <cmath>

#include "dsp/window.h"

namespace stemscribe::dsp {
namespace {

constexpr size_t kFftSize = 8192;
constexpr size_t kHopSamples = 4096;
constexpr double kMinHz = 100;
constexpr double kMaxHz = 2000;
constexpr float kPeakFloor = 0.1F;       // of the strongest bin of the frame
constexpr float kSilence = 1e-3F;        // strongest bin of a frame not worth looking at
constexpr double kSmoothingCents = 5.0;  // standard deviation
// How much less a tuning of 50 cents is believed than one of 0: decides only between near equals.
constexpr double kPriorDrop = 0.15;

}  // namespace

TuningEstimator::TuningEstimator(int rate_hz)
    : rate_hz_(rate_hz),
      fft_(kFftSize),
      window_(PeriodicHann(kFftSize)),
      windowed_(kFftSize),
      spectrum_(fft_.num_bins()),
      magnitudes_(fft_.num_bins()) {}

void TuningEstimator::Push(std::span<const float> samples) {
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  size_t start = 0;
  for (; start + kFftSize <= pending_.size(); start += kHopSamples) {
    AddFrame(std::span(pending_).subspan(start, kFftSize));
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(start));
}

void TuningEstimator::AddFrame(std::span<const float> frame) {
  for (size_t n = 0; n < kFftSize; ++n) windowed_[n] = frame[n] * window_[n];
  fft_.Forward(windowed_, spectrum_);
  const double bins_per_hz = static_cast<double>(kFftSize) / rate_hz_;
  const auto first = static_cast<size_t>(kMinHz * bins_per_hz);
  const auto last = static_cast<size_t>(kMaxHz * bins_per_hz);
  float strongest = 0;
  for (size_t k = first - 1; k <= last + 1; ++k) {
    magnitudes_[k] = std::sqrt(std::norm(spectrum_[k]));
    strongest = std::max(strongest, magnitudes_[k]);
  }
  if (strongest < kSilence) return;
  for (size_t k = first; k <= last; ++k) {
    const float magnitude = magnitudes_[k];
    if (magnitude > kPeakFloor * strongest && magnitude > magnitudes_[k - 1] &&
        magnitude >= magnitudes_[k + 1]) {
      AddPeak(k, strongest);
    }
  }
}

void TuningEstimator::AddPeak(size_t bin, float strongest) {
  constexpr float kTiny = 1e-12F;
  const double left = std::log(magnitudes_[bin - 1] + kTiny);
  const double peak = std::log(magnitudes_[bin] + kTiny);
  const double right = std::log(magnitudes_[bin + 1] + kTiny);
  const double curvature = left - 2 * peak + right;
  const double shift = curvature < 0 ? 0.5 * (left - right) / curvature : 0.0;
  const double hz = (static_cast<double>(bin) + shift) * rate_hz_ / static_cast<double>(kFftSize);
  const double cents = 1200 * std::log2(hz / 440);
  const double from_semitone = cents - 100 * std::round(cents / 100);
  const auto index = static_cast<size_t>(std::floor(from_semitone + 50)) % kNumBins;
  histogram_[index] += static_cast<double>(magnitudes_[bin] / strongest);
}

double TuningEstimator::FinishCents() {
  // A clip shorter than one spectrum is padded with silence.
  if (std::ranges::all_of(histogram_, [](double weight) { return weight == 0; }) &&
      !pending_.empty()) {
    pending_.resize(kFftSize);
    AddFrame(pending_);
  }
  std::array<double, kNumBins> smoothed{};
  for (size_t i = 0; i < kNumBins; ++i) {
    for (size_t j = 0; j < kNumBins; ++j) {
      const double apart = std::abs(static_cast<double>(i) - static_cast<double>(j));
      const double distance = std::min(apart, kNumBins - apart) / kSmoothingCents;
      smoothed[i] += histogram_[j] * std::exp(-0.5 * distance * distance);
    }
    const double cents = static_cast<double>(i) - 49.5;
    smoothed[i] *= 1 - kPriorDrop * (cents / 50) * (cents / 50);
  }
  pending_.clear();
  histogram_.fill(0);
  const auto best = std::ranges::max_element(smoothed);
  if (*best <= 0) return 0;
  return static_cast<double>(best - smoothed.begin()) - 49.5;
}

}  // namespace stemscribe::dsp
