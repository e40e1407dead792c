// The splitter that was trained for stemscribe: training/ makes it, models/splitter/ holds it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/model.h"
#include "stages/separation/segment_masker.h"
#include "stages/separation/splitter.h"

namespace stemscribe::separation {

/// One net that shares out each bin between drums, bass and other, segment after segment. Above the
/// 11 kHz that it sees, a stem has the share that it has just below. Not thread-safe.
class NetSplitter : public InstrumentalSplitter {
 public:
  /// The `net` takes magnitudes [1, 2, frames, bins] of a segment and gives masks [1, 4, frames,
  /// bins]: left and right of drums, of bass; other is what they leave. `name`: for engine().
  /// `overlap_frames` of the segments: as SegmentMasker.
  NetSplitter(std::unique_ptr<nn::Model> net, std::string name, int overlap_frames);

  void Push(std::span<const float> magnitudes, const SplitMaskSink& sink) override;
  void Finish(const SplitMaskSink& sink) override;
  std::string engine() const override;

 private:
  void Estimate(const nn::Tensor& magnitudes, std::span<float> masks);
  void Give(std::span<const float> masks, const SplitMaskSink& sink);

  const std::unique_ptr<nn::Model> net_;
  const std::string name_;
  SegmentMasker segments_;
  std::vector<float> low_magnitudes_;  // what the net sees of them
  std::vector<float> drums_;           // of one frame, all bins
  std::vector<float> bass_;
};

}  // namespace stemscribe::separation
