// One percentage and an estimate of the time left, out of stages that overlap in time.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <mutex>
#include <vector>

#include "pipeline/options.h"

namespace stemscribe::pipeline {

/// Thread-safe. The stages run at the same time, so the percentage is the weighted share of all
/// work done, and the stage that is shown is the one the percentage falls in: with all three,
/// separation to 33, transcription to 66, then chords.
class ProgressMeter {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  /// `stages`: those wanted, at least one. `sink` may be empty.
  ProgressMeter(const std::vector<Stage>& stages, ProgressSink sink,
                Clock clock = std::chrono::steady_clock::now);

  /// `done`: 0 … 1 of the stage; falling values are ignored. Calls the sink when the percentage
  /// grew by 0.5 or more.
  void Update(Stage stage, double done);

  /// Reports 100 %.
  void Finish();

 private:
  void Report(double percent);

  const std::vector<Stage> stages_;  // in order
  const ProgressSink sink_;
  const Clock clock_;
  const std::chrono::steady_clock::time_point start_;
  std::mutex mutex_;  // guards all below, and is held while the sink is called
  std::array<double, kAllStages.size()> done_{};
  double reported_percent_ = -1;
};

}  // namespace stemscribe::pipeline
