// The key of a song, from what the chord nets hear in it.
#pragma once

#include <array>
#include <span>
#include <string>

namespace stemscribe::chords {

/// How much each pitch class sounds, C first.
using PitchClasses = std::array<double, 12>;

/// "Eb minor": the major or minor key whose profile (Krumhansl and Kessler 1982) correlates best
/// with `weights`, as in Krumhansl's key-finding algorithm (1990). Empty if all weights are equal,
/// silence above all.
std::string FindKey(const PitchClasses& weights);

/// Takes chords' notes, not the spectrum's: overtones and the singer's ornaments do not count.
/// Streams. Not thread-safe.
class KeyEstimator {
 public:
  /// `probabilities`: frames × kNumProbabilities of the chord nets.
  void Push(std::span<const float> probabilities);

  /// The key of all frames, or empty. Ready for a new song after.
  std::string Finish();

 private:
  PitchClasses weights_{};
};

}  // namespace stemscribe::chords
