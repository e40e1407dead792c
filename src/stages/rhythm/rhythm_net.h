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
/// seams change nothing. Not thread-safe.
class RhythmNet {
 public:
  explicit RhythmNet(std::unique_ptr<nn::Model> model) : model_(std::move(model)) {}

  /// Takes the frames (log_mel.h) from `frames` and leaves it empty.
  void Push(std::vector<float>& frames);

  /// Of all frames since the last one. Ready for a new song after.
  Activations Finish();

 private:
  void RunWindow(size_t num_frames, size_t end_frame);

  std::unique_ptr<nn::Model> model_;
  std::vector<float> pending_;  // frames from first_frame_ on
  size_t first_frame_ = 0;
  Activations done_;
};

}  // namespace stemscribe::rhythm
