#include "stages/vocals/mel_level_meter.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace stemscribe::vocals {
namespace {

constexpr float kLeastPower = 1e-9F;

}  // namespace

void MelLevelMeter::Push(std::span<const float> samples) {
  mel_.Push(samples, pending_);
  Measure();
}

std::vector<float> MelLevelMeter::Finish() {
  mel_.Finish(pending_);
  Measure();
  return std::exchange(levels_db_, {});
}

void MelLevelMeter::Measure() {
  for (auto frame = pending_.begin(); frame != pending_.end(); frame += kMelBands) {
    const float power = std::accumulate(frame, frame + kMelBands, 0.0F, [](float sum, float log) {
      return sum + std::exp(2 * log);
    });
    levels_db_.push_back(10 * std::log10(power / kMelBands + kLeastPower));
  }
  pending_.clear();
}

}  // namespace stemscribe::vocals
