// How much of each bin is voice: the two Spleeter nets, segment after segment.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/model.h"

namespace stemscribe::separation {

/// Ratio masks of the nets' squared estimates (Hennequin et al., "Spleeter", 2020), from segments
/// of 512 frames that overlap, with a linear cross-fade between the masks of neighbours. Silence is
/// assumed after the end. Its memory does not grow with the song. Not thread-safe.
class VocalMasker {
 public:
  static constexpr size_t kSegmentFrames = 512;
  static constexpr size_t kNetBins = 1024;  // up to 11 kHz
  static constexpr size_t kNetFrameValues = 2 * kNetBins;

  /// The nets take magnitudes and give masks, [1, 2, kSegmentFrames, kNetBins] both. They run at
  /// the same time. `overlap_frames`: 0 … half a segment, else throws Error{kInvalidArgument}.
  VocalMasker(std::unique_ptr<nn::Model> vocals, std::unique_ptr<nn::Model> accompaniment,
              int overlap_frames);

  /// Takes the `magnitudes` of the next frames (kNetFrameValues each: left, then right) and appends
  /// the masks of the frames that became ready, of the same layout, to `masks`.
  void Push(std::span<const float> magnitudes, std::vector<float>& masks);

  /// Appends the rest, so that there is a mask for every frame. Ready for a new song after.
  void Finish(std::vector<float>& masks);

  std::string engine() const { return vocals_->engine(); }

 private:
  size_t pending_frames() const { return pending_.size() / kNetFrameValues; }
  void RunSegment();
  void FadeIn();

  const size_t overlap_frames_;
  const std::unique_ptr<nn::Model> vocals_;
  const std::unique_ptr<nn::Model> accompaniment_;
  std::vector<float> pending_;  // magnitudes from the start of the next segment on
  std::vector<float> segment_;  // masks of the latest segment
  std::vector<float> tail_;     // of the segment before: the frames that overlap; empty at first
};

}  // namespace stemscribe::separation
