// What the chord nets listen to: the constant-Q spectrogram of the song in its own tuning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "dsp/cqt.h"
#include "stages/chords/chord_recognizer.h"

namespace stemscribe::chords {

inline constexpr size_t kHopSamples = dsp::HybridCqt::kHopSamples;
inline constexpr size_t kNumBins = 252;  // seven octaves up from C1, 36 bins each

/// Computes any frames of a song, the same whether in one call or many. Holds `read`, reads with
/// overlaps. Memory does not depend on the song. Not thread-safe.
class ChordFeatures {
 public:
  ChordFeatures(SampleReader read, int64_t num_samples, double tuning_cents);

  /// Frame f is centred at sample f * kHopSamples.
  size_t num_frames() const { return static_cast<size_t>(num_samples_) / kHopSamples + 1; }

  /// Magnitudes of the frames from `first_frame` on; `out`: frames × kNumBins. Throws
  /// Error{kCancelled} on a stop.
  void Compute(size_t first_frame, std::span<float> out, const std::stop_token& stop);

 private:
  void ReadAround(size_t first_frame);

  SampleReader read_;
  const int64_t num_samples_;
  dsp::HybridCqt cqt_;
  std::vector<float> samples_;
};

/// The tuning of the song in (-50, 50] cents. Throws Error{kCancelled} on a stop.
double EstimateTuningCents(const SampleReader& read, int64_t num_samples,
                           const std::stop_token& stop);

}  // namespace stemscribe::chords
