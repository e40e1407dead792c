// The level of a stream of samples at every frame.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace stemscribe::vocals {

/// RMS over 32 ms centred on each frame, in dB full scale, not below -120; silence is assumed
/// around the stream. Not thread-safe.
class LevelMeter {
 public:
  LevelMeter();

  void Push(std::span<const float> samples);  // 16 kHz mono

  /// One level per 10 ms, floor(samples / 160) + 1 of them (none for an empty stream). Ready for a
  /// new stream after.
  std::vector<float> Finish();

 private:
  void AppendReadyFrames();

  std::vector<float> pending_;  // from the start of the next frame's window on
  size_t num_samples_ = 0;
  std::vector<float> levels_db_;
};

}  // namespace stemscribe::vocals
