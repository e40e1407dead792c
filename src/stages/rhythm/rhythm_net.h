// The net that hears beats and the first beats of bars (training/rhythm).
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "nn/model.h"

namespace stemscribe::rhythm {

/// How likely a beat, and how likely the first beat of a bar, is at each frame: 0 … 1.
struct Activations {
  std::vector<float> beat;
  std::vector<float> downbeat;
};

/// Streams log-mel frames through the net in windows, which look far enough to either side that the
/// seams change nothing. Silence is before the first frame, nothing after the last: the net knows
/// how songs begin, and takes silence after the end for a break in which beats go on. Not
/// thread-safe.
class RhythmNet {
 public:
  explicit RhythmNet(std::unique_ptr<nn::Model> model);

  /// Takes the frames (log_mel.h) from `frames` and leaves it empty.
  void Push(std::vector<float>& frames);

  /// Of all frames since the last one. Ready for a new song after.
  Activations Finish();

 private:
  void Reset();
  void RunWindow(size_t num_frames, size_t end_frame);

  std::unique_ptr<nn::Model> model_;
  // Frames are counted from the silence before the song on.
  std::vector<float> pending_;  // from first_frame_ on
  size_t first_frame_ = 0;
  Activations done_;
};

}  // namespace stemscribe::rhythm
