// Two splitters that correct one another.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/separation/splitter.h"

namespace stemscribe::separation {

/// Gives masks between those of two splitters. Where they err, they err differently: the mean is
/// nearer to the truth than either (docs/EVALUATION.md has the figures). While the first one hears
/// no drums, its masks alone count, so that absent drums stay as silent as it makes them. Not
/// thread-safe.
class BlendSplitter : public InstrumentalSplitter {
 public:
  /// `share` of the first one in the masks where there are drums: 0 … 1.
  BlendSplitter(std::unique_ptr<InstrumentalSplitter> first,
                std::unique_ptr<InstrumentalSplitter> second, float share);

  void Push(std::span<const float> magnitudes, SplitMasks& ready) override;
  void Finish(SplitMasks& ready) override;
  std::string engine() const override;

 private:
  void Emit(SplitMasks& ready);
  float SecondShare(std::span<const float> magnitudes, std::span<const float> drums);

  const std::unique_ptr<InstrumentalSplitter> first_;
  const std::unique_ptr<InstrumentalSplitter> second_;
  const float share_;
  SplitMasks first_masks_;  // that are ready; some wait for the other's
  SplitMasks second_masks_;
  std::vector<float> magnitudes_;  // of the frames whose masks wait
  float drums_heard_ = 0;          // their part in the energy; sinks slowly
};

}  // namespace stemscribe::separation
