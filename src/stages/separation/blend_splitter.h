// Two splitters that correct one another.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/separation/activity_gate.h"
#include "stages/separation/splitter.h"

namespace stemscribe::separation {

/// Gives masks between those of two splitters. Where they err, they err differently: the mean is
/// nearer to the truth than either (docs/EVALUATION.md has the figures). While the first one hears
/// no drums, its masks alone count, so that absent drums stay as silent as it makes them, and what
/// does not play at all is silenced (ActivityGate). Not thread-safe.
class BlendSplitter : public InstrumentalSplitter {
 public:
  /// `share` of the first one in the masks where there are drums: 0 … 1.
  BlendSplitter(std::unique_ptr<InstrumentalSplitter> first,
                std::unique_ptr<InstrumentalSplitter> second, float share);

  void Push(std::span<const float> magnitudes, const SplitMaskSink& sink) override;
  void Finish(const SplitMaskSink& sink) override;
  std::string engine() const override;

 private:
  struct Waiting {
    std::vector<float> magnitudes;
    SplitMasks first;  // of the first one
  };

  void Take(const SplitMask& first, const SplitMaskSink& sink);
  void Give(const SplitMask& second, const SplitMaskSink& sink);
  float SecondShare(std::span<const float> magnitudes, std::span<const float> drums);

  const std::unique_ptr<InstrumentalSplitter> first_;
  const std::unique_ptr<InstrumentalSplitter> second_;
  const float share_;
  std::deque<std::vector<float>> magnitudes_;  // of frames that wait for the first one
  std::deque<Waiting> waiting_;                // frames that wait for the second one
  float drums_heard_ = 0;                      // their part in the energy; sinks slowly
  ActivityGate gate_;
};

}  // namespace stemscribe::separation
