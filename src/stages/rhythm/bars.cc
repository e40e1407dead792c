#include "stages/rhythm/bars.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "base/log_odds.h"

namespace stemscribe::rhythm {
namespace {

constexpr std::array<size_t, 3> kBeatsPerBar = {2, 3, 4};
constexpr size_t kNumPlaces = 2 + 3 + 4;
constexpr float kSkipCost = 6;    // to the first beat of a bar of the same length, from anywhere
constexpr float kChangeCost = 9;  // to that of a bar of another length
constexpr float kMinMeanLogOdds = -2;  // of the first beats: less, and no bars were heard
constexpr float kLeastLikely = 0.02F;  // of a beat's activation
constexpr float kChordWeight = 2;      // of a chord that changes, or does not, in log odds
constexpr size_t kMinBars = 2;

struct Place {
  size_t beats_per_bar = 0;
  size_t beat = 0;  // 0 is the first
};

constexpr std::array<Place, kNumPlaces> Places() {
  std::array<Place, kNumPlaces> places{};
  size_t i = 0;
  for (const size_t beats : kBeatsPerBar) {
    for (size_t beat = 0; beat < beats; ++beat) places[i++] = {beats, beat};
  }
  return places;
}

constexpr std::array<Place, kNumPlaces> kPlaces = Places();

float CostOf(const Place& from, const Place& to) {
  const bool same = from.beats_per_bar == to.beats_per_bar;
  if (same && to.beat == (from.beat + 1) % from.beats_per_bar) return 0;
  if (to.beat != 0) return 1e9F;
  if (same) return kSkipCost;
  return kChangeCost + (from.beat + 1 == from.beats_per_bar ? 0 : kSkipCost);
}

std::vector<size_t> BestPath(std::span<const float> log_odds) {
  std::array<float, kNumPlaces> scores{};
  std::vector<std::array<uint8_t, kNumPlaces>> from(log_odds.size());
  for (size_t n = 0; n < log_odds.size(); ++n) {
    std::array<float, kNumPlaces> next{};
    for (size_t to = 0; to < kNumPlaces; ++to) {
      float best = -1e30F;
      for (size_t i = 0; i < kNumPlaces; ++i) {
        const float score = scores[i] - (n > 0 ? CostOf(kPlaces[i], kPlaces[to]) : 0);
        if (score <= best) continue;
        best = score;
        from[n][to] = static_cast<uint8_t>(i);
      }
      next[to] = best + (kPlaces[to].beat == 0 ? log_odds[n] : 0);
    }
    scores = next;
  }
  std::vector<size_t> path(log_odds.size());
  auto place = static_cast<size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  for (size_t n = log_odds.size(); n-- > 0;) {
    path[n] = place;
    place = from[n][place];
  }
  return path;
}

/// For each beat, whether a chord changes nearer to it than to any other.
std::vector<float> ChangesAt(const std::vector<double>& beats_sec,
                             std::span<const double> chord_changes_sec) {
  std::vector<float> changes(beats_sec.size());
  for (const double change : chord_changes_sec) {
    const auto after = std::lower_bound(beats_sec.begin(), beats_sec.end(), change);
    if (after == beats_sec.begin() || after == beats_sec.end()) continue;
    const bool is_nearer = *after - change < change - *(after - 1);
    changes[static_cast<size_t>(after - beats_sec.begin()) - (is_nearer ? 0 : 1)] = 1;
  }
  return changes;
}

}  // namespace

Bars BarPath(std::span<const float> log_odds) {
  const std::vector<size_t> path = BestPath(log_odds);
  Bars bars;
  std::array<size_t, 5> counts{};
  float sum = 0;
  for (size_t n = 0; n < path.size(); ++n) {
    ++counts[kPlaces[path[n]].beats_per_bar];
    if (kPlaces[path[n]].beat != 0) continue;
    bars.downbeats.push_back(n);
    sum += log_odds[n];
  }
  const auto num_bars = static_cast<float>(bars.downbeats.size());
  if (bars.downbeats.size() < kMinBars || sum < kMinMeanLogOdds * num_bars) return {};
  bars.beats_per_bar =
      static_cast<int>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  return bars;
}

void CountBars(std::span<const double> chord_changes_sec, Rhythm& rhythm) {
  const std::vector<float> changes = ChangesAt(rhythm.beats_sec, chord_changes_sec);
  const float share = std::accumulate(changes.begin(), changes.end(), 0.0F) /
                      static_cast<float>(std::max<size_t>(1, changes.size()));
  std::vector<float> log_odds;
  for (size_t n = 0; n < changes.size(); ++n) {
    log_odds.push_back(LogOdds(rhythm.downbeat_activations[n], kLeastLikely) +
                       kChordWeight * (changes[n] - share));
  }
  const Bars bars = BarPath(log_odds);
  rhythm.beats_per_bar = bars.beats_per_bar;
  rhythm.downbeats_sec.clear();
  for (const size_t beat : bars.downbeats) rhythm.downbeats_sec.push_back(rhythm.beats_sec[beat]);
}

}  // namespace stemscribe::rhythm
