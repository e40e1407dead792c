// The level of a stream where voices are: over mel bands, in which a bass weighs no more than they.
#pragma once

#include <span>
#include <vector>

#include "stages/vocals/fcpe_mel.h"

namespace stemscribe::vocals {

/// Appends the mean power of each of FCPE's mel frames in dB, not below -90.
void AppendMelLevels(std::span<const float> mel_frames, std::vector<float>& levels_db);

/// The same of samples. Not thread-safe.
class MelLevelMeter {
 public:
  void Push(std::span<const float> samples);  // 16 kHz mono

  /// One level per 10 ms, as FcpeMel has frames. Ready for a new stream after.
  std::vector<float> Finish();

 private:
  void Measure();

  FcpeMel mel_;
  std::vector<float> pending_;  // of FcpeMel
  std::vector<float> levels_db_;
};

}  // namespace stemscribe::vocals
