#include "stages/chords/key_estimator.h"

#include <gtest/gtest.h>

#include <vector>

#include "stages/chords/chord_dictionary.h"

namespace stemscribe::chords {
namespace {

enum Triad : size_t { kMaj, kMin };

/// One frame in which a triad is certain.
std::vector<float> Frame(Triad type, size_t root) {
  std::vector<float> frame(kNumProbabilities);
  frame[kHeadStart[kTriad] + 1 + type * 12 + root] = 1;
  return frame;
}

std::string KeyOf(const std::vector<std::pair<Triad, size_t>>& chords) {
  KeyEstimator estimator;
  for (const auto& [type, root] : chords) estimator.Push(Frame(type, root));
  return estimator.Finish();
}

TEST(KeyEstimatorTest, HearsTheCadencesOfMajorAndMinor) {
  EXPECT_EQ(KeyOf({{kMaj, 0}, {kMaj, 5}, {kMaj, 7}, {kMaj, 0}}), "C major");
  EXPECT_EQ(KeyOf({{kMin, 9}, {kMin, 2}, {kMaj, 4}, {kMin, 9}}), "A minor");
}

TEST(KeyEstimatorTest, TellsRelativeKeysApartByWhatSoundsLongest) {
  EXPECT_EQ(KeyOf({{kMaj, 3}, {kMaj, 3}, {kMaj, 8}, {kMaj, 10}, {kMin, 0}}), "Eb major");
  EXPECT_EQ(KeyOf({{kMin, 0}, {kMin, 0}, {kMin, 5}, {kMaj, 10}, {kMaj, 3}}), "C minor");
}

TEST(KeyEstimatorTest, MovesWithTheMusic) {
  const std::vector<std::string> names = {"C",  "Db", "D",  "Eb", "E",  "F",
                                          "F#", "G",  "Ab", "A",  "Bb", "B"};
  for (size_t by = 0; by < 12; ++by) {
    EXPECT_EQ(KeyOf({{kMaj, by}, {kMaj, (by + 5) % 12}, {kMaj, (by + 7) % 12}}),
              names[by] + " major");
  }
}

TEST(KeyEstimatorTest, HasNoAnswerWithoutChords) {
  KeyEstimator estimator;
  EXPECT_EQ(estimator.Finish(), "");
  estimator.Push(std::vector<float>(kNumProbabilities));
  EXPECT_EQ(estimator.Finish(), "");
}

TEST(KeyEstimatorTest, ForgetsTheSongBefore) {
  KeyEstimator estimator;
  for (const size_t root : {0, 5, 7, 0}) estimator.Push(Frame(kMaj, root));
  estimator.Finish();
  for (const size_t root : {6, 11, 1, 6}) estimator.Push(Frame(kMaj, root));
  EXPECT_EQ(estimator.Finish(), "F# major");
}

TEST(FindKeyTest, EqualWeightsHaveNoKey) {
  PitchClasses weights{};
  weights.fill(0.1);
  EXPECT_EQ(FindKey(weights), "");
}

}  // namespace
}  // namespace stemscribe::chords
