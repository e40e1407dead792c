// Masks of a stream of frames, from nets that see one segment at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "nn/model.h"

namespace stemscribe::separation {

/// Cuts a song into segments of 512 frames that overlap, with a linear cross-fade between the masks
/// of neighbours. Silence is assumed after the end. Its memory does not grow with the song. Not
/// thread-safe.
class SegmentMasker {
 public:
  static constexpr size_t kSegmentFrames = 512;
  static constexpr size_t kNetBins = 1024;  // up to 11 kHz
  static constexpr size_t kNetFrameValues = 2 * kNetBins;

  /// From the magnitudes of a segment, [1, 2, kSegmentFrames, kNetBins], fills in its masks: frame
  /// after frame, each with as many values as the constructor was told.
  using Estimate = std::function<void(const nn::Tensor& magnitudes, std::span<float> masks)>;

  /// `overlap_frames`: 0 … half a segment, else throws Error{kInvalidArgument}.
  SegmentMasker(size_t mask_values, int overlap_frames, Estimate estimate);

  /// Takes the masks of frame after frame.
  using Sink = std::function<void(std::span<const float>)>;

  /// Takes the `magnitudes` of the next frames (kNetFrameValues each: left, then right) and gives
  /// the masks of the frames that became ready to `sink`.
  void Push(std::span<const float> magnitudes, const Sink& sink);

  /// Gives the rest, so that every frame got its masks. Ready for a new song after.
  void Finish(const Sink& sink);

 private:
  size_t pending_frames() const { return pending_.size() / kNetFrameValues; }
  void RunSegment();
  void Give(std::span<const float> masks, size_t num_frames, const Sink& sink) const;
  void FadeIn();

  const size_t mask_values_;
  const size_t overlap_frames_;
  const Estimate estimate_;
  std::vector<float> pending_;  // magnitudes from the start of the next segment on
  std::vector<float> segment_;  // masks of the latest segment
  std::vector<float> tail_;     // of the segment before: the frames that overlap; empty at first
};

}  // namespace stemscribe::separation
