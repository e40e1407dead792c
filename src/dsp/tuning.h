// How far a song is from A = 440 Hz.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/fft.h"

namespace stemscribe::dsp {

/// Streams a song and finds the offset of its equal-tempered scale. Not thread-safe.
///
/// Spectral peaks between 100 Hz and 2 kHz, placed between the FFT bins by a parabola through their
/// logarithms, go into a histogram of their distance to the nearest semitone of A = 440 Hz,
/// weighted by magnitude against the strongest of their frame (loud passages shall not decide
/// alone). The answer is where the histogram, smoothed around its circle, is highest: unlike a
/// mean, the mode is not pulled by harmonics, which lie beside the scale.
class TuningEstimator {
 public:
  explicit TuningEstimator(int rate_hz);

  /// The next samples, mono.
  void Push(std::span<const float> samples);

  /// In (-50, 50] cents; 0 for a song without pitched sound. A song between two answers gets the
  /// one nearer to 0. Ready for a new song after.
  double FinishCents();

 private:
  static constexpr size_t kNumBins = 100;  // one cent each

  void AddFrame(std::span<const float> frame);
  void AddPeak(size_t bin, float strongest);

  const int rate_hz_;
  RealFft fft_;
  std::vector<float> window_;
  std::vector<float> windowed_;
  std::vector<std::complex<float>> spectrum_;
  std::vector<float> magnitudes_;
  std::vector<float> pending_;
  std::array<double, kNumBins> histogram_{};
};

}  // namespace stemscribe::dsp
