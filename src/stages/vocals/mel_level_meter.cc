#include "stages/vocals/mel_level_meter.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace stemscribe::vocals {
namespace {

constexpr float kLeastPower = 1e-9F;

}  // namespace

void AppendMelLevels(std::span<const float> mel_frames, std::vector<float>& levels_db) {
  for (; !mel_frames.empty(); mel_frames = mel_frames.subspan(kMelBands)) {
    const auto frame = mel_frames.first(kMelBands);
    const float power = std::accumulate(frame.begin(), frame.end(), 0.0F, [](float sum, float log) {
      return sum + std::exp(2 * log);
    });
    levels_db.push_back(10 * std::log10(power / kMelBands + kLeastPower));
  }
}

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
  AppendMelLevels(pending_, levels_db_);
  pending_.clear();
}

}  // namespace stemscribe::vocals
