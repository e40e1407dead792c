#include "stages/rhythm/tempo_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace stemscribe::rhythm {
namespace {

constexpr double kMinBpm = 45;
constexpr double kMaxBpm = 220;
constexpr size_t kStates = 200;  // evenly spaced in log tempo, 0.8 % apart
constexpr size_t kTeeth = 4;     // periods that the comb looks ahead
constexpr double kWindowSec = 10;
constexpr double kStepSec = 1;
// Far slower songs are rarer than far faster ones.
constexpr double kPriorBpm = 100;
constexpr double kSlowerOctaves = 0.5;  // standard deviations
constexpr double kFasterOctaves = 1.3;
constexpr double kPriorWeight = 0.25;
constexpr double kChangeCost = 12;  // per octave from one step to the next
constexpr double kMaxChangeCost = 1.5;

using Scores = std::vector<float>;

/// Autocorrelation of `window` at lags 0 … max_lag, each divided by the energy at lag 0 and by its
/// overlap.
std::vector<double> Autocorrelation(std::span<const float> window, size_t max_lag) {
  std::vector<double> values(max_lag + 1);
  const double size = static_cast<double>(window.size());
  for (size_t lag = 0; lag <= max_lag && lag < window.size(); ++lag) {
    const float sum = std::transform_reduce(window.begin() + static_cast<std::ptrdiff_t>(lag),
                                            window.end(), window.begin(), 0.0F);
    // Half of the bias of short overlaps is left: long lags are read from few periods.
    values[lag] = sum * std::sqrt(size / (size - static_cast<double>(lag)));
  }
  const double energy = values[0];
  for (double& value : values) value = energy > 0 ? value / energy : 0;
  return values;
}

double ReadAt(const std::vector<double>& values, double at) {
  const auto left = static_cast<size_t>(at);
  if (left + 1 >= values.size()) return 0;
  return std::lerp(values[left], values[left + 1], at - static_cast<double>(left));
}

class TempoGrid {
 public:
  explicit TempoGrid(double frames_per_sec) {
    for (size_t s = 0; s < kStates; ++s) {
      const double fraction = static_cast<double>(s) / (kStates - 1);
      const double bpm = kMinBpm * std::pow(kMaxBpm / kMinBpm, fraction);
      const double octaves =
          std::log2(bpm / kPriorBpm) / (bpm < kPriorBpm ? kSlowerOctaves : kFasterOctaves);
      periods_[s] = 60 * frames_per_sec / bpm;
      log_prior_[s] = -0.5 * octaves * octaves;
    }
  }

  double period(size_t state) const { return periods_[state]; }
  size_t max_lag() const { return static_cast<size_t>(periods_[0] * kTeeth) + 2; }

  Scores Score(std::span<const float> window) const {
    const std::vector<double> correlation = Autocorrelation(window, max_lag());
    Scores scores(kStates);
    for (size_t s = 0; s < kStates; ++s) {
      double comb = 0;
      double weight = 0;
      for (size_t tooth = 1; tooth <= kTeeth; ++tooth) {
        const double share = 1 / static_cast<double>(tooth);
        comb += share * ReadAt(correlation, periods_[s] * static_cast<double>(tooth));
        weight += share;
      }
      scores[s] = static_cast<float>(comb / weight + kPriorWeight * log_prior_[s]);
    }
    return scores;
  }

 private:
  std::array<double, kStates> periods_{};
  std::array<double, kStates> log_prior_{};
};

/// The state of every step on the best path.
std::vector<size_t> BestPath(const std::vector<Scores>& steps) {
  const double octaves_per_state = std::log2(kMaxBpm / kMinBpm) / (kStates - 1);
  std::vector<double> best(kStates);
  std::vector<std::vector<uint16_t>> from(steps.size(), std::vector<uint16_t>(kStates));
  for (size_t n = 0; n < steps.size(); ++n) {
    std::vector<double> next(kStates);
    for (size_t to = 0; to < kStates; ++to) {
      double top = -1e30;
      for (size_t i = 0; i < kStates; ++i) {
        const double octaves =
            octaves_per_state * std::abs(static_cast<double>(to) - static_cast<double>(i));
        const double score = best[i] - std::min(kChangeCost * octaves, kMaxChangeCost);
        if (score <= top) continue;
        top = score;
        from[n][to] = static_cast<uint16_t>(i);
      }
      next[to] = top + steps[n][to];
    }
    best = std::move(next);
  }
  std::vector<size_t> path(steps.size());
  auto state = static_cast<size_t>(std::max_element(best.begin(), best.end()) - best.begin());
  for (size_t n = steps.size(); n-- > 0;) {
    path[n] = state;
    state = from[n][state];
  }
  return path;
}

}  // namespace

std::vector<float> TempoPath(std::span<const float> envelope, double frames_per_sec) {
  const TempoGrid grid(frames_per_sec);
  const auto window = static_cast<size_t>(kWindowSec * frames_per_sec);
  const auto step = static_cast<size_t>(kStepSec * frames_per_sec);
  if (static_cast<double>(envelope.size()) < 2 * frames_per_sec) return {};
  std::vector<Scores> steps;
  for (size_t centre = 0; centre < envelope.size(); centre += step) {
    // At the ends the window slides inwards and stays as long as the song allows.
    const size_t size = std::min(window, envelope.size());
    const size_t start = std::min(centre - std::min(centre, size / 2), envelope.size() - size);
    steps.push_back(grid.Score(envelope.subspan(start, size)));
  }
  const std::vector<size_t> path = BestPath(steps);
  std::vector<float> periods(envelope.size());
  for (size_t n = 0; n < periods.size(); ++n) {
    periods[n] =
        static_cast<float>(grid.period(path[std::min((n + step / 2) / step, path.size() - 1)]));
  }
  return periods;
}

}  // namespace stemscribe::rhythm
