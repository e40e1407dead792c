// Real FFTs by libavutil's av_tx (SIMD, LGPL).
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace stemscribe::dsp {

/// A forward and inverse real FFT of one even size. Not thread-safe (it owns scratch buffers): one
/// per thread.
class RealFft {
 public:
  /// `size`: number of real samples, even, with prime factors 2, 3, 5, 7, 15 as av_tx supports.
  /// Throws Error{kInvalidArgument} for a size that av_tx cannot do.
  explicit RealFft(size_t size);
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;

  size_t size() const { return size_; }
  size_t num_bins() const { return size_ / 2 + 1; }

  /// X[k] = sum over n of x[n] exp(-2πi k n / size), k = 0 … size/2. `in`: size floats; `out`:
  /// num_bins().
  void Forward(std::span<const float> in, std::span<std::complex<float>> out);

  /// The exact inverse of Forward (scaled by 1/size). `in`: num_bins(); `out`: size floats.
  void Inverse(std::span<const std::complex<float>> in, std::span<float> out);

 private:
  struct Impl;
  size_t size_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::dsp
