// Triangular mel filters on the scale of Slaney's Auditory Toolbox, each of unit area, as librosa's
// default.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace stemscribe::dsp {

/// Immutable, so thread-safe.
class MelFilterbank {
 public:
  /// Bands evenly spaced on the mel scale over `min_hz` … `max_hz`, for the bins of an FFT of
  /// `fft_size` at `rate_hz`. Throws Error{kInvalidArgument} for no bands, or a range that is empty
  /// or above half the rate.
  MelFilterbank(int rate_hz, size_t fft_size, size_t num_bands, double min_hz, double max_hz);

  size_t num_bands() const { return bands_.size(); }
  size_t num_bins() const { return num_bins_; }

  /// bands[b] = sum over k of weight(b, k) * bins[k]. `bins`: num_bins() values; `bands`:
  /// num_bands().
  void Apply(std::span<const float> bins, std::span<float> bands) const;

 private:
  struct Band {
    size_t first_bin = 0;
    std::vector<float> weights;  // of the bins from first_bin on
  };

  size_t num_bins_;
  std::vector<Band> bands_;
};

/// Slaney's scale: linear below 1 kHz (15 mels), logarithmic above (27 mels for a factor of 6.4).
double HzToMel(double hz);
double MelToHz(double mel);

}  // namespace stemscribe::dsp
