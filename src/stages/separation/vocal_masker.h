// How much of each bin is voice: the two Spleeter nets, segment after segment.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/model.h"
#include "stages/separation/segment_masker.h"

namespace stemscribe::separation {

/// Ratio masks of the nets' squared estimates (Hennequin et al., "Spleeter", 2020). Not
/// thread-safe.
class VocalMasker {
 public:
  static constexpr size_t kSegmentFrames = SegmentMasker::kSegmentFrames;
  static constexpr size_t kNetBins = SegmentMasker::kNetBins;
  static constexpr size_t kNetFrameValues = SegmentMasker::kNetFrameValues;

  /// The nets take magnitudes and give masks, [1, 2, kSegmentFrames, kNetBins] both. They run at
  /// the same time. `overlap_frames` of the segments: as SegmentMasker.
  VocalMasker(std::unique_ptr<nn::Model> vocals, std::unique_ptr<nn::Model> accompaniment,
              int overlap_frames);

  /// Takes the `magnitudes` of the next frames (kNetFrameValues each: left, then right) and appends
  /// the masks of the frames that became ready, of the same layout, to `masks`.
  void Push(std::span<const float> magnitudes, std::vector<float>& masks) {
    segments_.Push(magnitudes, AppendTo(masks));
  }

  /// Appends the rest, so that there is a mask for every frame. Ready for a new song after.
  void Finish(std::vector<float>& masks) { segments_.Finish(AppendTo(masks)); }

  std::string engine() const { return vocals_->engine(); }

 private:
  static SegmentMasker::Sink AppendTo(std::vector<float>& masks) {
    return [&masks](std::span<const float> frame) {
      masks.insert(masks.end(), frame.begin(), frame.end());
    };
  }
  void Estimate(const nn::Tensor& magnitudes, std::span<float> masks);

  const std::unique_ptr<nn::Model> vocals_;
  const std::unique_ptr<nn::Model> accompaniment_;
  SegmentMasker segments_;
};

}  // namespace stemscribe::separation
