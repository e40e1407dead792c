// The mel spectrogram of a stream, window by window.
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

#include "dsp/fft.h"
#include "dsp/mel.h"

namespace stemscribe::dsp {

struct MelFramesShape {
  int rate_hz = 0;
  size_t window = 0;  // samples, a power of two; periodic Hann
  size_t hop = 0;
  size_t num_bands = 0;
  double min_hz = 0;
  double max_hz = 0;
  float power_floor = 0;  // added to the power of each bin
};

/// Not thread-safe.
class MelFrames {
 public:
  /// Throws as MelFilterbank.
  explicit MelFrames(const MelFramesShape& shape);

  /// Appends to `frames` the magnitudes in the bands for each whole window of `samples`, and drops
  /// those samples from its front that no later window needs. Returns the number of frames.
  size_t Append(std::vector<float>& samples, std::vector<float>& frames);

  double window_sum() const;

 private:
  const size_t hop_;
  const float power_floor_;
  RealFft fft_;
  MelFilterbank filters_;
  std::vector<float> window_;
  std::vector<float> windowed_;
  std::vector<std::complex<float>> spectrum_;
  std::vector<float> magnitude_;
};

}  // namespace stemscribe::dsp
