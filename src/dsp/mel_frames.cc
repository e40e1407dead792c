#include "dsp/mel_frames.h"

#include <cmath>
#include <numeric>
#include <span>

#include "dsp/window.h"

namespace stemscribe::dsp {

MelFrames::MelFrames(const MelFramesShape& shape)
    : hop_(shape.hop),
      power_floor_(shape.power_floor),
      fft_(shape.window),
      filters_(shape.rate_hz, shape.window, shape.num_bands, shape.min_hz, shape.max_hz),
      window_(PeriodicHann(shape.window)),
      windowed_(shape.window),
      spectrum_(fft_.num_bins()),
      magnitude_(fft_.num_bins()) {}

size_t MelFrames::Append(std::vector<float>& samples, std::vector<float>& frames) {
  size_t count = 0;
  size_t start = 0;
  for (; start + window_.size() <= samples.size(); start += hop_, ++count) {
    for (size_t n = 0; n < window_.size(); ++n) windowed_[n] = samples[start + n] * window_[n];
    fft_.Forward(windowed_, spectrum_);
    for (size_t k = 0; k < spectrum_.size(); ++k) {
      magnitude_[k] = std::sqrt(std::norm(spectrum_[k]) + power_floor_);
    }
    frames.resize(frames.size() + filters_.num_bands());
    filters_.Apply(magnitude_, std::span(frames).last(filters_.num_bands()));
  }
  samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(start));
  return count;
}

double MelFrames::window_sum() const {
  return std::accumulate(window_.begin(), window_.end(), 0.0);
}

}  // namespace stemscribe::dsp
