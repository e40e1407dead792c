#include "stages/rhythm/log_mel.h"

#include <cmath>
#include <numeric>

#include "dsp/window.h"

namespace stemscribe::rhythm {
namespace {

constexpr size_t kWindow = 1024;
constexpr double kMinHz = 30;
constexpr double kMaxHz = 10000;
constexpr float kCompression = 200;  // of the magnitudes, before the logarithm

}  // namespace

LogMel::LogMel()
    : fft_(kWindow),
      filters_(kRateHz, kWindow, kMelBands, kMinHz, kMaxHz),
      window_(dsp::PeriodicHann(kWindow)),
      windowed_(kWindow),
      spectrum_(fft_.num_bins()),
      magnitude_(fft_.num_bins()) {
  // A full-scale tone has magnitude 1/2.
  const float sum = std::accumulate(window_.begin(), window_.end(), 0.0F);
  for (float& value : window_) value /= sum;
  Reset();
}

void LogMel::Push(std::span<const float> samples, std::vector<float>& frames) {
  if (samples.empty()) return;
  is_empty_ = false;
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  AppendReadyFrames(frames);
}

void LogMel::Finish(std::vector<float>& frames) {
  if (!is_empty_) {
    pending_.insert(pending_.end(), kWindow / 2, 0.0F);
    AppendReadyFrames(frames);
  }
  Reset();
}

void LogMel::Reset() {
  pending_.assign(kWindow / 2, 0.0F);
  is_empty_ = true;
}

void LogMel::AppendReadyFrames(std::vector<float>& frames) {
  // The filters have unit area over hertz; the FFT's bins are this wide.
  constexpr float kHzPerBin = static_cast<float>(kRateHz) / kWindow;
  size_t start = 0;
  for (; start + kWindow <= pending_.size(); start += kHopSamples) {
    for (size_t n = 0; n < kWindow; ++n) windowed_[n] = pending_[start + n] * window_[n];
    fft_.Forward(windowed_, spectrum_);
    for (size_t k = 0; k < spectrum_.size(); ++k)
      magnitude_[k] = std::sqrt(std::norm(spectrum_[k]));
    frames.resize(frames.size() + kMelBands);
    const std::span<float> bands(frames.end() - kMelBands, frames.end());
    filters_.Apply(magnitude_, bands);
    for (float& band : bands) band = std::log1p(kCompression * kHzPerBin * band);
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(start));
}

}  // namespace stemscribe::rhythm
