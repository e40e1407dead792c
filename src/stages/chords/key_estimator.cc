#include "stages/chords/key_estimator.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "stages/chords/chord_dictionary.h"

namespace stemscribe::chords {
namespace {

constexpr size_t kNumRoots = 12;

// Semitones above the root, by the triad's class less one: maj, min, sus4, sus2, dim, aug.
constexpr std::array<std::array<size_t, 3>, 6> kTriads = {
    {{0, 4, 7}, {0, 3, 7}, {0, 5, 7}, {0, 2, 7}, {0, 3, 6}, {0, 4, 8}}};

// How well each step of the chromatic scale fits a key, as listeners said (Krumhansl and Kessler).
constexpr PitchClasses kMajor = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09,
                                 2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
constexpr PitchClasses kMinor = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53,
                                 2.54, 4.75, 3.98, 2.69, 3.34, 3.17};
// The spelling that has the fewest accidentals in the signature.
constexpr std::array<const char*, kNumRoots> kMajorNames = {"C",  "Db", "D",  "Eb", "E",  "F",
                                                            "F#", "G",  "Ab", "A",  "Bb", "B"};
constexpr std::array<const char*, kNumRoots> kMinorNames = {"C",  "C#", "D",  "Eb", "E",  "F",
                                                            "F#", "G",  "G#", "A",  "Bb", "B"};

/// Less its mean, of length 1; all 0 if it is flat.
PitchClasses Normalised(PitchClasses values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / kNumRoots;
  for (double& value : values) value -= mean;
  const double length =
      std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
  const bool is_flat = length <= 1e-9 * std::abs(mean);
  for (double& value : values) value = is_flat ? 0 : value / length;
  return values;
}

}  // namespace

std::string FindKey(const PitchClasses& weights) {
  PitchClasses turned = Normalised(weights);
  const PitchClasses major = Normalised(kMajor);
  const PitchClasses minor = Normalised(kMinor);
  double best = 0;
  std::string key;
  for (size_t tonic = 0; tonic < kNumRoots; ++tonic) {
    const auto consider = [&](const PitchClasses& profile, const char* name, const char* mode) {
      const double score = std::inner_product(turned.begin(), turned.end(), profile.begin(), 0.0);
      if (score <= best) return;
      best = score;
      key = std::string(name) + mode;
    };
    consider(major, kMajorNames[tonic], " major");
    consider(minor, kMinorNames[tonic], " minor");
    std::rotate(turned.begin(), turned.begin() + 1, turned.end());
  }
  return key;
}

void KeyEstimator::Push(std::span<const float> probabilities) {
  for (; !probabilities.empty(); probabilities = probabilities.subspan(kNumProbabilities)) {
    const auto triads = probabilities.subspan(kHeadStart[kTriad] + 1);
    for (size_t type = 0; type < kTriads.size(); ++type) {
      for (size_t root = 0; root < kNumRoots; ++root) {
        const double probability = triads[type * kNumRoots + root];
        for (const size_t interval : kTriads[type]) {
          weights_[(root + interval) % kNumRoots] += probability;
        }
      }
    }
  }
}

std::string KeyEstimator::Finish() { return FindKey(std::exchange(weights_, {})); }

}  // namespace stemscribe::chords
