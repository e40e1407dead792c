// The constant-Q transform that librosa calls "hybrid": the filters of long period through sparse
// kernels in the frequency domain, octave by octave (Schörkhuber and Klapuri 2010), those shorter
// than two hops from the magnitudes of one short-time spectrum.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/fft.h"

namespace stemscribe::dsp {

struct CqtParams {
  double min_hz = 0;     // frequency of bin 0
  size_t first_bin = 0;  // of the bins that are wanted
  size_t num_bins = 0;
};

/// For audio at 22050 Hz, 36 bins an octave, hop 512, Hann windows, each filter scaled by the
/// square root of its length: librosa 0.10 `hybrid_cqt` with its other defaults. Not thread-safe.
class HybridCqt {
 public:
  static constexpr int kRateHz = 22050;
  static constexpr size_t kHopSamples = 512;
  static constexpr size_t kBinsPerOctave = 36;

  /// What a frame may hear to either side of its centre: the longest filter and the decimation
  /// before it.
  static constexpr size_t kMarginSamples = 68 * kHopSamples;

  /// Throws Error{kInvalidArgument} if the bins are not within 7 octaves below 2.2 kHz, or reach
  /// above 10 kHz.
  explicit HybridCqt(const CqtParams& params);

  size_t num_bins() const { return params_.num_bins; }

  /// How many samples Transform takes for `num_frames` frames.
  static size_t NumSamples(size_t num_frames) {
    return num_frames == 0 ? 0 : (num_frames - 1) * kHopSamples + 2 * kMarginSamples;
  }

  /// Magnitudes of the frames centred at samples[kMarginSamples + f * kHopSamples]. `samples`:
  /// NumSamples(num_frames), zeros where the song has none. `out`: num_frames × num_bins().
  void Transform(std::span<const float> samples, size_t num_frames, std::span<float> out);

 private:
  // Frames whose spectra are multiplied with the kernels at once.
  static constexpr size_t kFrameBlock = 16;

  struct ComplexKernel {
    size_t first_fft_bin = 0;
    std::vector<std::complex<float>> weights;
  };
  struct MagnitudeKernel {
    size_t bin = 0;
    size_t first_fft_bin = 0;
    std::vector<float> weights;
  };

  void MakeOctaveKernels();
  void MakeMagnitudeKernels();
  void TransformOctave(size_t octave, std::span<const float> samples, size_t num_frames,
                       std::span<float> out);
  // Magnitudes of one bin in the frames of real_ and imag_.
  std::array<float, kFrameBlock> Respond(const ComplexKernel& kernel) const;
  void TransformHighBins(std::span<const float> samples, size_t num_frames, std::span<float> out);
  bool Wanted(size_t bin) const {
    return bin >= params_.first_bin && bin < params_.first_bin + params_.num_bins;
  }

  CqtParams params_;
  size_t num_low_bins_ = 0;  // bins below this go through the octaves
  RealFft octave_fft_;
  RealFft high_fft_;
  std::vector<float> window_;                       // of high_fft_
  std::vector<ComplexKernel> octave_kernels_;       // of one octave: all octaves share them
  std::vector<MagnitudeKernel> magnitude_kernels_;  // of the wanted bins from num_low_bins_ on
  size_t num_octave_fft_bins_ = 0;                  // no kernel looks further
  size_t num_high_fft_bins_ = 0;

  std::vector<std::complex<float>> spectrum_;
  std::vector<float> windowed_;
  std::vector<float> real_;  // FFT bin × frame of the current block
  std::vector<float> imag_;
};

}  // namespace stemscribe::dsp
