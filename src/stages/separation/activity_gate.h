// Instruments that do not play are silent.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "stages/separation/splitter.h"

namespace stemscribe::separation {

/// Closes the masks of a splitter while what they let through is so faint beside the instrumental,
/// over some six seconds, that it can only be what leaked in: the leak goes back to "other". It
/// opens two seconds ahead, so no first note is lost, and its gain never jumps. Drums also count as
/// heard by their treble: a lone hi-hat has little energy. Not thread-safe.
class ActivityGate {
 public:
  static constexpr size_t kAheadFrames = 86;  // that it waits for: two seconds

  ActivityGate();

  /// Takes the `magnitudes` (kFrameValues) and the `masks` of the next frame, and gives those of
  /// the frame kAheadFrames before to `sink`.
  void Push(std::span<const float> magnitudes, SplitMasks&& masks, const SplitMaskSink& sink);

  /// Gives the rest. Ready for a new song after.
  void Finish(const SplitMaskSink& sink);

 private:
  /// Energy of one sound, forgotten slowly: as it is, and with its treble lifted.
  struct Energy {
    double plain = 0;
    double treble = 0;
  };

  void Give(const SplitMaskSink& sink);

  const std::vector<float> treble_;  // weights of a frame's values
  std::deque<SplitMasks> waiting_;
  Energy all_, drums_, bass_;
};

}  // namespace stemscribe::separation
