#include "stages/rhythm/bars.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace stemscribe::rhythm {
namespace {

std::vector<float> Heard(const std::vector<size_t>& firsts, size_t size) {
  std::vector<float> log_odds(size, -3);
  for (const size_t beat : firsts) log_odds[beat] = 1.5F;
  return log_odds;
}

std::vector<size_t> Every(size_t beats, size_t first, size_t end) {
  std::vector<size_t> firsts;
  for (size_t beat = first; beat < end; beat += beats) firsts.push_back(beat);
  return firsts;
}

TEST(BarsTest, CountsInTwoThreeAndFour) {
  for (const size_t beats : {2U, 3U, 4U}) {
    const std::vector<size_t> firsts = Every(beats, 1, 40);
    const Bars bars = BarPath(Heard(firsts, 40));
    EXPECT_EQ(bars.beats_per_bar, static_cast<int>(beats));
    EXPECT_EQ(bars.downbeats, firsts);
  }
}

TEST(BarsTest, ABarThatIsNotHeardIsStillOne) {
  std::vector<size_t> heard = Every(4, 0, 60);
  heard.erase(heard.begin() + 5);
  heard.push_back(34);
  EXPECT_EQ(BarPath(Heard(heard, 60)).downbeats, Every(4, 0, 60));
}

TEST(BarsTest, FollowsAnOddBarAndAChangeOfMeter) {
  std::vector<size_t> firsts = Every(4, 0, 32);
  for (const size_t beat : Every(4, 34, 64)) firsts.push_back(beat);  // after a bar of six or two
  for (const size_t beat : Every(3, 66, 96)) firsts.push_back(beat);
  const Bars bars = BarPath(Heard(firsts, 96));
  EXPECT_EQ(bars.beats_per_bar, 4);
  size_t found = 0;
  for (const size_t beat : firsts) {
    found += static_cast<size_t>(std::count(bars.downbeats.begin(), bars.downbeats.end(), beat));
  }
  EXPECT_GE(found + 1, firsts.size());
}

TEST(BarsTest, NoBarsWhereNoneAreHeard) {
  EXPECT_EQ(BarPath(std::vector<float>(50, -3.5F)).beats_per_bar, 0);
  EXPECT_TRUE(BarPath(std::vector<float>(50, -3.5F)).downbeats.empty());
  EXPECT_TRUE(BarPath({}).downbeats.empty());
}

/// Beats of half a second, of which the net tells nothing.
Rhythm Unclear(size_t num_beats) {
  Rhythm rhythm;
  for (size_t n = 0; n < num_beats; ++n)
    rhythm.beats_sec.push_back(0.3 + 0.5 * static_cast<double>(n));
  rhythm.downbeat_activations.assign(num_beats, 0.3F);
  return rhythm;
}

TEST(CountBarsTest, ChordsTellWhatTheNetDoesNot) {
  for (const size_t beats : {3U, 4U}) {
    Rhythm rhythm = Unclear(60);
    std::vector<double> changes;
    std::vector<double> wanted;
    for (const size_t beat : Every(beats, 2, 60)) {
      wanted.push_back(rhythm.beats_sec[beat]);
      changes.push_back(rhythm.beats_sec[beat] + (beat % 2 == 0 ? 0.1 : -0.1));
    }
    changes.push_back(100);  // after the last beat
    changes.insert(changes.begin(), 0.0);
    CountBars(changes, rhythm);
    EXPECT_EQ(rhythm.beats_per_bar, static_cast<int>(beats));
    EXPECT_EQ(rhythm.downbeats_sec, wanted);
  }
}

TEST(CountBarsTest, WithoutChordsTheNetTells) {
  Rhythm rhythm = Unclear(40);
  for (const size_t beat : Every(3, 1, 40)) rhythm.downbeat_activations[beat] = 0.9F;
  CountBars({}, rhythm);
  EXPECT_EQ(rhythm.beats_per_bar, 3);
  EXPECT_EQ(rhythm.downbeats_sec.front(), rhythm.beats_sec[1]);
  Rhythm none;
  CountBars({}, none);
  EXPECT_TRUE(none.downbeats_sec.empty());
}

}  // namespace
}  // namespace stemscribe::rhythm
