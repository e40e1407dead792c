// Tempo and beats: onset strength, tempo with a log-normal prior, beats by dynamic programming
// (Ellis 2007).
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace stemscribe::rhythm {

inline constexpr int kRateHz = 22050;

struct Rhythm {
  double tempo_bpm = 0;  // 0 where no beat was found (silence, a clip too short)
  std::vector<double> beats_sec;
  double confidence = 0;  // 0 … 1, how much of the onset energy follows the beat
};

/// Streams: push the mix, then finish. Not thread-safe.
class BeatTracker {
 public:
  virtual ~BeatTracker() = default;
  virtual void Push(std::span<const float> samples) = 0;  // 22.05 kHz mono
  virtual Rhythm Finish() = 0;                            // ready for a new song after
};

std::unique_ptr<BeatTracker> MakeBeatTracker();

}  // namespace stemscribe::rhythm
