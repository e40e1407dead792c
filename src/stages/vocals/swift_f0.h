// Voicing by SwiftF0: raw samples through the net in windows, with the context that makes them
// equal to one run.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nn/model.h"

namespace stemscribe::vocals {

struct SwiftFrame {
  float hz = 0;
  float confidence = 0;  // 0 … 1; voiced from 0.5
};

inline constexpr size_t kSwiftHopSamples = 256;

/// Streams. Frame i is centred at sample i * kSwiftHopSamples of 16 kHz. Not thread-safe.
class SwiftF0Tracker {
 public:
  explicit SwiftF0Tracker(std::unique_ptr<nn::Model> model) : model_(std::move(model)) {}

  void Push(std::span<const float> samples);

  /// All frames: floor(samples / 256), but at least one unless the stream was empty. Ready for a
  /// new stream after.
  std::vector<SwiftFrame> Finish();

  std::string engine() const { return model_->engine(); }

 private:
  void RunWindow(std::span<const float> window, size_t end_frame);

  std::unique_ptr<nn::Model> model_;
  std::vector<float> pending_;  // from frame first_frame_ on
  size_t first_frame_ = 0;
  std::vector<SwiftFrame> frames_;
};

}  // namespace stemscribe::vocals
