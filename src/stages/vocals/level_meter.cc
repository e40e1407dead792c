#include "stages/vocals/level_meter.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "stages/vocals/fcpe_mel.h"

namespace stemscribe::vocals {
namespace {

constexpr size_t kWindow = 512;
constexpr float kFloorDb = -120;

}  // namespace

LevelMeter::LevelMeter() : pending_(kWindow / 2) {}

void LevelMeter::Push(std::span<const float> samples) {
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  num_samples_ += samples.size();
  AppendReadyFrames();
}

std::vector<float> LevelMeter::Finish() {
  if (num_samples_ > 0) {
    pending_.insert(pending_.end(), kWindow / 2, 0.0F);
    AppendReadyFrames();
  }
  pending_.assign(kWindow / 2, 0.0F);
  num_samples_ = 0;
  return std::exchange(levels_db_, {});
}

void LevelMeter::AppendReadyFrames() {
  auto start = pending_.begin();
  for (; static_cast<size_t>(pending_.end() - start) >= kWindow; start += kHopSamples) {
    const float energy = std::transform_reduce(start, start + kWindow, start, 0.0F);
    const float db = 10 * std::log10(std::max(energy / kWindow, 1e-12F));
    levels_db_.push_back(std::max(db, kFloorDb));
  }
  pending_.erase(pending_.begin(), start);
}

}  // namespace stemscribe::vocals
