#include "stages/rhythm/beat_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/log_odds.h"
#include "stages/rhythm/log_mel.h"

namespace stemscribe::rhythm {
namespace {

constexpr double kMinBpm = 55;
constexpr double kMaxBpm = 215;
constexpr auto kShortest = static_cast<size_t>(60 * kFramesPerSec / kMaxBpm);  // period in frames
constexpr auto kLongest = static_cast<size_t>(60 * kFramesPerSec / kMinBpm);
constexpr size_t kNumPeriods = kLongest - kShortest + 1;
static_assert(kNumPeriods <= 256, "a period's number is kept in a byte");

constexpr size_t kBeatFrames = 2;    // of a period are the beat itself
constexpr float kEven = 0.16F;       // an activation that speaks neither for a beat nor against it
constexpr float kTempoCost = 100;    // of a period that is longer or shorter by its own length
constexpr float kMaxTempoCost = 18;  // of any change
constexpr float kLeastLikely = 1e-4F;  // of an activation

/// The states of one period: a place for each of its frames, as a ring that turns by one a frame.
class Ring {
 public:
  explicit Ring(size_t period) : scores_(period) {}

  float last() const { return scores_[(head_ + scores_.size() - 1) % scores_.size()]; }

  /// One frame on: what stood at the last place leaves, `entering` comes in at the first.
  void Turn(float entering, float beat_gain) {
    head_ = (head_ + scores_.size() - 1) % scores_.size();
    scores_[head_] = entering;
    for (size_t place = 0; place < kBeatFrames; ++place) {
      scores_[(head_ + place) % scores_.size()] += beat_gain;
    }
  }

  float at(size_t place) const { return scores_[(head_ + place) % scores_.size()]; }
  size_t period() const { return scores_.size(); }
  void Lower(float by) {
    for (float& score : scores_) score -= by;
  }

 private:
  std::vector<float> scores_;
  size_t head_ = 0;
};

using Costs = std::array<std::array<float, kNumPeriods>, kNumPeriods>;

/// [to][from]
Costs TempoCosts() {
  Costs costs;
  for (size_t to = 0; to < kNumPeriods; ++to) {
    for (size_t from = 0; from < kNumPeriods; ++from) {
      const double ratio =
          static_cast<double>(to + kShortest) / static_cast<double>(from + kShortest);
      costs[to][from] =
          std::min(kMaxTempoCost, kTempoCost * static_cast<float>(std::abs(ratio - 1)));
    }
  }
  return costs;
}

/// The most active frame among the `count` from `first` on.
size_t PeakAt(std::span<const float> activation, size_t first, size_t count) {
  const auto begin = activation.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + static_cast<std::ptrdiff_t>(std::min(count, activation.size() - first));
  return static_cast<size_t>(std::max_element(begin, end) - activation.begin());
}

}  // namespace

std::vector<size_t> BeatPath(std::span<const float> activation) {
  const Costs costs = TempoCosts();
  std::vector<Ring> rings;
  for (size_t period = kShortest; period <= kLongest; ++period) rings.emplace_back(period);
  std::vector<std::array<uint8_t, kNumPeriods>> from(activation.size());
  std::array<float, kNumPeriods> leaving{};
  for (size_t frame = 0; frame < activation.size(); ++frame) {
    std::transform(rings.begin(), rings.end(), leaving.begin(),
                   [](const Ring& r) { return r.last(); });
    const float gain = LogOdds(activation[frame], kLeastLikely) - LogOdds(kEven, kLeastLikely);
    for (size_t to = 0; to < kNumPeriods; ++to) {
      float best = leaving[0] - costs[to][0];
      for (size_t i = 1; i < kNumPeriods; ++i) {
        const float score = leaving[i] - costs[to][i];
        if (score <= best) continue;
        best = score;
        from[frame][to] = static_cast<uint8_t>(i);
      }
      rings[to].Turn(best, gain);
    }
    if (frame % 4096 == 4095) {  // keeps the sums small enough for floats
      const float top = *std::max_element(leaving.begin(), leaving.end());
      for (Ring& ring : rings) ring.Lower(top);
    }
  }
  size_t best_ring = 0;
  size_t best_place = 0;
  for (size_t i = 0; i < rings.size(); ++i) {
    for (size_t place = 0; place < rings[i].period(); ++place) {
      if (rings[i].at(place) > rings[best_ring].at(best_place)) {
        best_ring = i;
        best_place = place;
      }
    }
  }
  std::vector<size_t> beats;
  size_t ring = best_ring;
  // The frame of the first place of the beat, plus one, so that it may be before the song.
  for (size_t after = activation.size() - std::min(activation.size(), best_place); after > 0;) {
    const size_t entered = after - 1;
    // Periods are of whole frames, so the peak may be just beside.
    const size_t before = entered - std::min<size_t>(entered, 1);
    beats.push_back(PeakAt(activation, before, kBeatFrames + 2));
    ring = from[entered][ring];
    after -= std::min(after, rings[ring].period());
  }
  std::reverse(beats.begin(), beats.end());
  return beats;
}

}  // namespace stemscribe::rhythm
