// Follows the fundamental of the bass line.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace stemscribe::separation {

/// Harmonic summation over candidates of 30 … 400 Hz, a quarter of a semitone apart, and the path
/// through them that is best up to kLagFrames later (Viterbi's algorithm; a step costs its size, up
/// to six semitones). Not thread-safe.
class BassTracker {
 public:
  static constexpr size_t kLagFrames = 16;
  static constexpr size_t kInputBins = 220;  // to 2.4 kHz

  BassTracker();

  /// Takes the next frame's magnitudes (kInputBins values, drums removed) and gives the fundamental
  /// of the frame kLagFrames before it, in bins; nullopt while there is none yet.
  std::optional<float> Push(std::span<const float> magnitudes);

  /// The fundamentals of the frames that are left, in order. Ready for a new song after.
  std::vector<float> Finish();

 private:
  struct Partial {  // where to read a harmonic: between two bins
    size_t bin = 0;
    float fraction = 0;
    float weight = 0;
  };
  struct Step {
    size_t best = 0;           // the candidate that the best path ends in
    std::vector<size_t> from;  // per candidate, where its best path comes from
  };

  void Score(std::span<const float> magnitudes);
  void Advance();
  size_t StateBefore(size_t frames) const;

  std::vector<float> candidate_bins_;
  std::vector<std::vector<Partial>> partials_;  // per candidate
  std::vector<float> compressed_;
  std::vector<float> salience_;
  std::vector<float> path_;   // score of the best path to each candidate
  float mean_peak_ = 0;       // of the salience, slowly following
  std::deque<Step> history_;  // of the last kLagFrames + 1 frames
};

}  // namespace stemscribe::separation
