#include "stages/chords/chord_decoder.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/error.h"
#include "stages/chords/chord_test_data.h"

namespace stemscribe::chords {
namespace {

std::vector<ChordState> Dictionary(const std::string& name) {
  return LoadDictionary(Models().Find("chord-net-0").path.parent_path() / "chords" /
                        (name + ".txt"));
}

// One frame in which `triad` and `bass` are nearly certain and there are no tensions.
std::vector<float> Frame(size_t triad, size_t bass, float certainty = 0.98F) {
  std::vector<float> frame(kNumProbabilities, 1e-3F);
  frame[kHeadStart[kTriad] + triad] = certainty;
  frame[kHeadStart[kBass] + bass] = certainty;
  for (const Head head : {kSeventh, kNinth, kEleventh, kThirteenth})
    frame[kHeadStart[head]] = 0.99F;
  return frame;
}

class VocabularyTest : public testing::TestWithParam<const char*> {};

TEST_P(VocabularyTest, DictionaryEqualsThePackages) {
  const std::string name = GetParam();
  const std::vector<ChordState> states = Dictionary(name);
  std::vector<std::string> lines = GoldenLines("chords_states_" + name + ".txt");
  ASSERT_EQ(states.size(), std::stoul(lines.back()));
  lines.pop_back();
  size_t compared = 0;
  for (const ChordState& state : states) {
    if (!state.label.starts_with("C:") && state.label != "N") continue;
    std::istringstream line(lines.at(compared++));
    std::string label;
    line >> label;
    EXPECT_EQ(state.label, label);
    for (size_t head = 0; head < kNumHeads; ++head) {
      int part = 0;
      line >> part;
      const int offset = head == kBass ? 1 : 0;  // the package counts the bass from C, -1 for N
      const int expected =
          part + offset < 0 ? -1 : static_cast<int>(kHeadStart[head]) + part + offset;
      EXPECT_EQ(state.probabilities[head], expected) << label << " head " << head;
    }
  }
  EXPECT_EQ(compared, lines.size());
}

TEST_P(VocabularyTest, DecodesAsThePackage) {
  const std::string name = GetParam();
  const std::vector<ChordState> states = Dictionary(name);
  const std::vector<std::string> expected = GoldenLines("chords_frames_" + name + ".txt");
  ChordDecoder decoder(states);
  decoder.Push(GoldenFloats("chords_probabilities.f32"));
  size_t frame = 0;
  for (const DecodedSpan& span : decoder.Finish()) {
    ASSERT_EQ(span.first_frame, frame);
    for (; frame < span.end_frame; ++frame) {
      ASSERT_EQ(states[span.state].label, expected.at(frame)) << "frame " << frame;
    }
    EXPECT_GE(span.confidence, 0);
    EXPECT_LE(span.confidence, 1);
  }
  EXPECT_EQ(frame, expected.size());
}

INSTANTIATE_TEST_SUITE_P(All, VocabularyTest, testing::Values("submission", "ismir2017", "full"));

TEST(ChordDecoderTest, StartsInNAndChangesWhenItPays) {
  const std::vector<ChordState> states = Dictionary("ismir2017");
  ChordDecoder decoder(states);
  for (int i = 0; i < 20; ++i) decoder.Push(Frame(1, 1));  // C
  decoder.Push(Frame(6, 6));                               // one frame of F is not enough
  for (int i = 0; i < 20; ++i) decoder.Push(Frame(1, 1));  // C
  for (int i = 0; i < 30; ++i) decoder.Push(Frame(12 + 10, 10, 0.5F));  // A minor
  const std::vector<DecodedSpan> spans = decoder.Finish();
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(states[spans[0].state].label, "N");
  EXPECT_EQ(spans[0].end_frame, 1U);
  EXPECT_EQ(states[spans[1].state].label, "C:maj");
  EXPECT_EQ(spans[1].end_frame, 41U);
  EXPECT_EQ(states[spans[2].state].label, "A:min");
  EXPECT_EQ(spans[2].end_frame, 71U);
  const float one_frame = 0.98F * 0.98F * 0.99F * 0.99F * 0.99F * 0.99F;
  EXPECT_NEAR(spans[1].confidence, one_frame * 39 / 40, 0.001);
  EXPECT_NEAR(spans[2].confidence, 0.25 * 0.96, 0.01);
}

TEST(ChordDecoderTest, ZeroProbabilitiesAndPiecesAreFine) {
  const std::vector<ChordState> states = Dictionary("ismir2017");
  ChordDecoder decoder(states);
  EXPECT_TRUE(decoder.Finish().empty());
  std::vector<float> frames;
  for (int i = 0; i < 50; ++i) {
    const std::vector<float> frame = i < 25 ? std::vector<float>(kNumProbabilities) : Frame(8, 8);
    frames.insert(frames.end(), frame.begin(), frame.end());
  }
  decoder.Push(frames);
  const auto whole = decoder.Finish();
  for (size_t i = 0; i < 50; ++i) {
    decoder.Push(std::span(frames).subspan(i * kNumProbabilities, kNumProbabilities));
  }
  const auto pieces = decoder.Finish();
  ASSERT_EQ(whole.size(), pieces.size());
  EXPECT_EQ(states[whole.back().state].label, "G:maj");
  EXPECT_EQ(whole.back().end_frame, 50U);
  EXPECT_EQ(whole.back().first_frame, pieces.back().first_frame);
}

TEST(ChordDictionaryTest, AMissingFileIsSaid) {
  EXPECT_THROW(LoadDictionary("/nowhere/chords.txt"), Error);
}

}  // namespace
}  // namespace stemscribe::chords
