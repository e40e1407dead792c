#include "stages/separation/bass_tracker.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stages/separation/separator.h"
#include "stages/separation/spectrogram.h"

namespace stemscribe::separation {
namespace {

constexpr double kMinHz = 30;
constexpr double kMaxHz = 400;
constexpr int kPerOctave = 48;
constexpr int kPartials = 8;
constexpr double kPartialDecay = 0.75;
// In units of the mean peak of the salience.
constexpr float kCostPerCandidate = 0.2F * 12 / kPerOctave;
constexpr float kLargestCost = 1.2F;
constexpr float kMeanFollows = 0.01F;  // per frame: two seconds

}  // namespace

BassTracker::BassTracker() : compressed_(kInputBins) {
  const int count = static_cast<int>(std::log2(kMaxHz / kMinHz) * kPerOctave) + 1;
  for (int c = 0; c < count; ++c) {
    const double hz = kMinHz * std::exp2(static_cast<double>(c) / kPerOctave);
    const double bins = hz * kStft.fft_size / kRateHz;
    candidate_bins_.push_back(static_cast<float>(bins));
    std::vector<Partial>& partials = partials_.emplace_back();
    for (int h = 1; h <= kPartials; ++h) {
      const auto bin = static_cast<size_t>(bins * h);
      if (bin + 1 >= kInputBins) break;
      partials.push_back({bin, static_cast<float>(bins * h - static_cast<double>(bin)),
                          static_cast<float>(std::pow(kPartialDecay, h - 1))});
    }
  }
  salience_.resize(candidate_bins_.size());
  path_.resize(candidate_bins_.size());
}

std::optional<float> BassTracker::Push(std::span<const float> magnitudes) {
  Score(magnitudes);
  Advance();
  if (history_.size() <= kLagFrames) return std::nullopt;
  const float bins = candidate_bins_[StateBefore(kLagFrames)];
  history_.pop_front();
  return bins;
}

std::vector<float> BassTracker::Finish() {
  std::vector<float> rest;
  for (size_t left = history_.size(); left-- > 0;)
    rest.push_back(candidate_bins_[StateBefore(left)]);
  history_.clear();
  mean_peak_ = 0;
  std::fill(path_.begin(), path_.end(), 0.0F);
  return rest;
}

void BassTracker::Score(std::span<const float> magnitudes) {
  std::transform(magnitudes.begin(), magnitudes.end(), compressed_.begin(),
                 [](float magnitude) { return std::sqrt(magnitude); });
  for (size_t c = 0; c < salience_.size(); ++c) {
    float sum = 0;
    for (const Partial& partial : partials_[c]) {
      const float low = compressed_[partial.bin];
      const float high = compressed_[partial.bin + 1];
      sum += partial.weight * (low + partial.fraction * (high - low));
    }
    salience_[c] = sum;
  }
  const float peak = *std::max_element(salience_.begin(), salience_.end());
  mean_peak_ = mean_peak_ == 0 ? peak : mean_peak_ + kMeanFollows * (peak - mean_peak_);
}

void BassTracker::Advance() {
  const size_t count = path_.size();
  Step step{0, std::vector<size_t>(count)};
  std::iota(step.from.begin(), step.from.end(), size_t{0});
  const auto best = std::max_element(path_.begin(), path_.end());
  const float jump = *best - kLargestCost;
  const auto jump_from = static_cast<size_t>(best - path_.begin());
  // The best way to each candidate: neighbour by neighbour up, then down, or a jump.
  const auto consider = [&](size_t to, size_t from) {
    if (path_[from] - kCostPerCandidate <= path_[to]) return;
    path_[to] = path_[from] - kCostPerCandidate;
    step.from[to] = step.from[from];
  };
  for (size_t c = 1; c < count; ++c) consider(c, c - 1);
  for (size_t c = count - 1; c-- > 0;) consider(c, c + 1);
  for (size_t c = 0; c < count; ++c) {
    if (path_[c] < jump) {
      path_[c] = jump;
      step.from[c] = jump_from;
    }
    if (mean_peak_ > 0) path_[c] += salience_[c] / mean_peak_;
  }
  const auto end = std::max_element(path_.begin(), path_.end());
  step.best = static_cast<size_t>(end - path_.begin());
  // Only differences matter: keeps the sums from growing with the song.
  const float top = *end;
  for (float& score : path_) score -= top;
  history_.push_back(std::move(step));
}

// The candidate of the frame that lies `frames` before the latest, on the path that is best now.
size_t BassTracker::StateBefore(size_t frames) const {
  size_t state = history_.back().best;
  for (size_t i = 0; i < frames; ++i) state = history_[history_.size() - 1 - i].from[state];
  return state;
}

}  // namespace stemscribe::separation
