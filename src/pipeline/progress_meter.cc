#include "pipeline/progress_meter.h"

#include <algorithm>

namespace stemscribe::pipeline {
namespace {

// Shares of the CPU time, measured on songs of four minutes with MP3 stems.
constexpr std::array<double, kAllStages.size()> kWeights = {0.62, 0.10, 0.28};
constexpr double kStep = 0.5;
constexpr double kEnoughToEstimate = 0.03;

size_t Index(Stage stage) { return static_cast<size_t>(stage); }

std::vector<Stage> InOrder(std::vector<Stage> stages) {
  std::sort(stages.begin(), stages.end());
  stages.erase(std::unique(stages.begin(), stages.end()), stages.end());
  return stages;
}

}  // namespace

ProgressMeter::ProgressMeter(const std::vector<Stage>& stages, ProgressSink sink, Clock clock)
    : stages_(InOrder(stages)), sink_(std::move(sink)), clock_(std::move(clock)), start_(clock_()) {
  std::lock_guard lock(mutex_);
  Report(0);
}

void ProgressMeter::Update(Stage stage, double done) {
  std::lock_guard lock(mutex_);
  double& stored = done_[Index(stage)];
  stored = std::max(stored, std::clamp(done, 0.0, 1.0));
  double sum = 0;
  double weights = 0;
  for (const Stage wanted : stages_) {
    sum += kWeights[Index(wanted)] * done_[Index(wanted)];
    weights += kWeights[Index(wanted)];
  }
  // 100 is for Finish alone: what comes after the stages (files, names) is not done yet.
  const double percent = std::min(99.5, 100 * sum / weights);
  if (percent >= reported_percent_ + kStep) Report(percent);
}

void ProgressMeter::Finish() {
  std::lock_guard lock(mutex_);
  if (reported_percent_ < 100) Report(100);
}

void ProgressMeter::Report(double percent) {
  reported_percent_ = percent;
  if (!sink_) return;
  Progress progress;
  const size_t index = static_cast<size_t>(percent / 100 * static_cast<double>(stages_.size()));
  progress.stage = stages_[std::min(index, stages_.size() - 1)];
  progress.percent = percent;
  const double done = percent / 100;
  if (done >= kEnoughToEstimate) {
    const double elapsed_sec = std::chrono::duration<double>(clock_() - start_).count();
    progress.seconds_left = elapsed_sec * (1 - done) / done;
  }
  sink_(progress);
}

}  // namespace stemscribe::pipeline
