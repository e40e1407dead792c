#include "stages/chords/chord_decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace stemscribe::chords {
namespace {

constexpr float kChangePenalty = 30;
constexpr float kImpossible = -std::numeric_limits<float>::infinity();
constexpr float kSmallest = 1e-30F;  // keeps logarithms finite

}  // namespace

ChordDecoder::ChordDecoder(const std::vector<ChordState>& dictionary) {
  for (const ChordState& state : dictionary) {
    std::vector<size_t> root;
    std::vector<size_t> tensions;
    for (size_t head = 0; head < kNumHeads; ++head) {
      const int index = state.probabilities[head];
      if (index >= 0) (head <= kBass ? root : tensions).push_back(static_cast<size_t>(index));
    }
    paths_.push_back({.root_factor = FindOrAdd(root_factors_, std::move(root)),
                      .tension_factor = FindOrAdd(tension_factors_, std::move(tensions))});
  }
}

size_t ChordDecoder::FindOrAdd(std::vector<Factor>& factors, std::vector<size_t> indices) {
  const auto found = std::ranges::find(factors, indices, &Factor::indices);
  const auto position = static_cast<size_t>(found - factors.begin());
  if (found == factors.end()) factors.push_back({.indices = std::move(indices)});
  return position;
}

void ChordDecoder::Push(std::span<const float> probabilities) {
  for (; !probabilities.empty(); probabilities = probabilities.subspan(kNumProbabilities)) {
    PushFrame(probabilities.first(kNumProbabilities));
  }
}

void ChordDecoder::PushFrame(std::span<const float> frame) {
  std::array<float, kNumProbabilities> logs{};
  for (size_t i = 0; i < frame.size(); ++i) logs[i] = std::log(std::max(frame[i], kSmallest));
  for (auto* factors : {&root_factors_, &tension_factors_}) {
    for (Factor& factor : *factors) {
      factor.log_probability = 0;
      factor.probability = 1;
      for (const size_t index : factor.indices) {
        factor.log_probability += logs[index];
        factor.probability *= frame[index];
      }
    }
  }
  const auto now = static_cast<uint32_t>(best_paths_.size());
  if (now == 0) {
    for (Path& path : paths_) path.score = &path == &paths_[0] ? 0 : kImpossible;
  }
  size_t best = 0;
  for (size_t s = 0; s < paths_.size(); ++s) {
    Path& path = paths_[s];
    if (now == 0 || (path.score <= -kChangePenalty)) {
      if (now > 0) path.score = -kChangePenalty;
      path.since_frame = now;
      path.probability_sum = 0;
    }
    const Factor& root = root_factors_[path.root_factor];
    const Factor& tension = tension_factors_[path.tension_factor];
    path.score += root.log_probability + tension.log_probability;
    path.probability_sum += root.probability * tension.probability;
    if (path.score > paths_[best].score) best = s;
  }
  const Path winner = paths_[best];
  for (Path& path : paths_) path.score -= winner.score;
  best_paths_.push_back({static_cast<uint32_t>(best), winner.since_frame, winner.probability_sum});
}

std::vector<DecodedSpan> ChordDecoder::Finish() {
  std::vector<DecodedSpan> spans;
  for (size_t end = best_paths_.size(); end > 0; end = spans.back().first_frame) {
    const BestPath& last = best_paths_[end - 1];
    const auto length = static_cast<float>(end - last.since_frame);
    spans.push_back({last.since_frame, end, last.state, last.probability_sum / length});
  }
  std::ranges::reverse(spans);
  best_paths_.clear();
  return spans;
}

}  // namespace stemscribe::chords
