// What the rhythm net hears: a log-mel spectrogram of the mix.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dsp/mel_frames.h"

namespace stemscribe::rhythm {

inline constexpr int kRateHz = 22050;
inline constexpr size_t kHopSamples = 256;
inline constexpr size_t kMelBands = 64;
inline constexpr double kFramesPerSec = static_cast<double>(kRateHz) / kHopSamples;

/// log(1 + 200 m), m the magnitudes in mel bands of 30 Hz … 10 kHz, in which a full-scale tone has
/// 1/2 before it is spread over its band. Streams. Not thread-safe.
class LogMel {
 public:
  LogMel();

  /// Appends to `frames` those that `samples` (22.05 kHz mono) complete, kMelBands values each.
  /// Frame n is centred at sample n * kHopSamples; silence is assumed before the stream.
  void Push(std::span<const float> samples, std::vector<float>& frames);

  /// Appends the last frames, as if silence followed. Ready for a new stream after.
  void Finish(std::vector<float>& frames);

 private:
  void Reset();
  void AppendReadyFrames(std::vector<float>& frames);

  dsp::MelFrames mel_;
  std::vector<float> pending_;  // from the start of the next frame on
  bool is_empty_ = true;
};

}  // namespace stemscribe::rhythm
