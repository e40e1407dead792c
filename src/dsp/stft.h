// The short-time Fourier transform of one channel as a stream: samples in, frames out, and back.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/fft.h"

namespace stemscribe::dsp {

/// Periodic Hann window as long as the FFT; frame i is centred on sample i * hop, with zeros before
/// the first sample and after the last: torch.stft(center=True, pad_mode="constant"), unscaled.
struct StftShape {
  size_t fft_size = 4096;
  size_t hop = 1024;  // divides fft_size, at most half of it

  size_t num_bins() const { return fft_size / 2 + 1; }

  /// Number of frames of a signal: none for no samples, else num_samples / hop + 1.
  size_t NumFrames(size_t num_samples) const {
    return num_samples == 0 ? 0 : num_samples / hop + 1;
  }
};

/// Not thread-safe; one per channel.
class StftAnalyzer {
 public:
  /// Throws Error{kInvalidArgument} for a hop that does not divide the FFT or is over half of it.
  explicit StftAnalyzer(const StftShape& shape);

  /// Takes the next `samples` and appends the frames that they complete to `frames`, num_bins()
  /// values each.
  void Push(std::span<const float> samples, std::vector<std::complex<float>>& frames);

  /// Appends the rest of the frames. Ready for a new signal after.
  void Finish(std::vector<std::complex<float>>& frames);

 private:
  void TransformPending(std::vector<std::complex<float>>& frames);
  void Reset();

  const StftShape shape_;
  RealFft fft_;
  std::vector<float> window_;
  std::vector<float> pending_;  // from the start of the next frame on
  std::vector<float> windowed_;
  size_t num_samples_ = 0;
};

/// The inverse: windowed overlap-add, divided by the sum of the squared windows, so that frames of
/// StftAnalyzer give back its signal and changed frames the nearest signal in the sense of least
/// squares (Griffin and Lim, 1984). Not thread-safe; one per channel.
class StftSynthesizer {
 public:
  /// As StftAnalyzer.
  explicit StftSynthesizer(const StftShape& shape);

  /// Takes the next frame (num_bins() values) and appends the samples that it completes.
  void Push(std::span<const std::complex<float>> frame, std::vector<float>& samples);

  /// Appends the rest, so that all samples are `num_samples`: those of the signal that was
  /// analysed. Ready for a new signal after.
  void Finish(size_t num_samples, std::vector<float>& samples);

 private:
  void Emit(size_t count, std::vector<float>& samples);
  void Reset();

  const StftShape shape_;
  RealFft fft_;
  std::vector<float> window_;
  std::vector<float> squared_window_;
  std::vector<float> sum_;     // of windowed frames, over the samples of the latest frame
  std::vector<float> weight_;  // of squared windows, likewise
  std::vector<float> frame_;
  size_t lead_in_ = 0;  // samples before the first of the signal that are still to be dropped
  size_t num_emitted_ = 0;
};

}  // namespace stemscribe::dsp
