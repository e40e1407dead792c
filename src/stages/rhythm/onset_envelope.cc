#include "stages/rhythm/onset_envelope.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "dsp/window.h"
#include "stages/rhythm/beat_tracker.h"

namespace stemscribe::rhythm {
namespace {

constexpr size_t kWindow = 1024;
constexpr size_t kBands = 64;
constexpr double kMinHz = 30;
constexpr double kMaxHz = 10000;
// Kick and bass carry the beat more often than what is above them: their bands, up to 450 Hz, count
// more.
constexpr size_t kBassBands = 8;
constexpr float kBassWeight = 2;
constexpr float kTotalWeight = kBands - kBassBands + kBassWeight * kBassBands;
constexpr size_t kLagFrames = 2;     // flux against two frames ago, as the windows overlap
constexpr float kCompression = 200;  // of the magnitudes, before the logarithm

}  // namespace

OnsetEnvelope::OnsetEnvelope()
    : fft_(kWindow),
      filters_(kRateHz, kWindow, kBands, kMinHz, kMaxHz),
      window_(dsp::PeriodicHann(kWindow)),
      windowed_(kWindow),
      spectrum_(fft_.num_bins()),
      magnitude_(fft_.num_bins()) {
  // A full-scale tone has magnitude 1/2.
  const float sum = std::accumulate(window_.begin(), window_.end(), 0.0F);
  for (float& value : window_) value /= sum;
  Reset();
}

void OnsetEnvelope::Push(std::span<const float> samples) {
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  num_samples_ += samples.size();
  AppendReadyFrames();
}

std::vector<float> OnsetEnvelope::Finish() {
  if (num_samples_ > 0) {
    pending_.insert(pending_.end(), kWindow / 2, 0.0F);
    AppendReadyFrames();
  }
  std::vector<float> envelope = std::exchange(envelope_, {});
  Reset();
  return envelope;
}

void OnsetEnvelope::Reset() {
  pending_.assign(kWindow / 2, 0.0F);
  bands_.assign(kLagFrames + 1, std::vector<float>(kBands));
  num_samples_ = 0;
}

void OnsetEnvelope::AppendReadyFrames() {
  size_t start = 0;
  for (; start + kWindow <= pending_.size(); start += kHopSamples) {
    for (size_t n = 0; n < kWindow; ++n) windowed_[n] = pending_[start + n] * window_[n];
    envelope_.push_back(NextFlux());
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(start));
}

float OnsetEnvelope::NextFlux() {
  fft_.Forward(windowed_, spectrum_);
  for (size_t k = 0; k < spectrum_.size(); ++k) magnitude_[k] = std::sqrt(std::norm(spectrum_[k]));
  std::rotate(bands_.begin(), bands_.begin() + 1, bands_.end());
  std::vector<float>& now = bands_.back();
  filters_.Apply(magnitude_, now);
  // The filters have unit area over hertz; the FFT's bins are this wide.
  constexpr float kHzPerBin = static_cast<float>(kRateHz) / kWindow;
  for (float& value : now) value = std::log1p(kCompression * kHzPerBin * value);
  const std::vector<float>& before = bands_.front();
  float flux = 0;
  for (size_t b = 0; b < kBands; ++b) {
    const auto first = before.begin() + static_cast<std::ptrdiff_t>(b > 0 ? b - 1 : b);
    const auto last = before.begin() + static_cast<std::ptrdiff_t>(std::min(b + 2, kBands));
    const float weight = b < kBassBands ? kBassWeight : 1;
    flux += weight * std::max(0.0F, now[b] - *std::max_element(first, last));
  }
  return flux / kTotalWeight;
}

}  // namespace stemscribe::rhythm
