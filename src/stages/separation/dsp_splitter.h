// The splitter without training: signal processing alone.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/separation/bass_tracker.h"
#include "stages/separation/splitter.h"

namespace stemscribe::separation {

/// Drums are what stands out in time and not in frequency: medians along both axes and a Wiener
/// mask between them (FitzGerald, "Harmonic/percussive separation using median filtering", 2010).
/// Bass is what remains near the harmonics of a tracked low fundamental. Both channels get the same
/// masks, so no source moves in the stereo image.
class DspSplitter : public InstrumentalSplitter {
 public:
  DspSplitter();

  void Push(std::span<const float> magnitudes, const SplitMaskSink& sink) override;
  void Finish(const SplitMaskSink& sink) override;
  std::string engine() const override { return "dsp-splitter 1"; }

 private:
  using Row = std::vector<float>;

  void ProcessNext(const SplitMaskSink& sink);
  const float* FrameNear(size_t centre, size_t index, size_t length) const;
  void FindSustained(size_t centre);
  void FindPercussive(const Row& frame);
  void Give(float f0_bins, const SplitMaskSink& sink);

  const std::vector<float> percussive_bias_;  // per bin
  const std::vector<float> bass_range_;       // per bin: how likely bass plays so high
  BassTracker tracker_;
  std::deque<Row> frames_;  // magnitudes of both channels: context, next frames
  size_t next_ = 0;         // in frames_: the first that is not processed
  std::deque<Row> drums_;   // masks that wait for the tracker
  Row sustained_;
  Row sustained_low_;
  Row padded_;
  Row percussive_;
};

}  // namespace stemscribe::separation
