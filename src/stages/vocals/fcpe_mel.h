// The log-mel spectrogram that FCPE was trained on, frame by frame from a stream of samples.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dsp/mel_frames.h"

namespace stemscribe::vocals {

inline constexpr size_t kMelBands = 128;
inline constexpr size_t kHopSamples = 160;

/// As torchfcpe 0.0.4: window and FFT 1024 (periodic Hann), the ends mirrored by 432 samples,
/// magnitude, 128 Slaney bands of 0 … 8 kHz, natural logarithm of at least 1e-5. Not thread-safe.
class FcpeMel {
 public:
  FcpeMel();

  /// Appends the frames (kMelBands values each) that `samples` (16 kHz mono) complete to `frames`.
  void Push(std::span<const float> samples, std::vector<float>& frames);

  /// Appends the last frames: floor(samples / kHopSamples) + 1 in all, none for an empty stream.
  /// Ready for a new stream after.
  void Finish(std::vector<float>& frames);

 private:
  void MirrorTheStart();
  void PadTheEnd();
  void AppendReadyFrames(std::vector<float>& frames);

  dsp::MelFrames mel_;
  std::vector<float> pending_;  // from the start of the next frame on
  bool started_ = false;        // the mirrored start stands before pending_
  size_t num_samples_ = 0;
  size_t num_frames_ = 0;
};

}  // namespace stemscribe::vocals
