#include "pipeline/artefacts.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe::pipeline {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

class ArtefactsTest : public testing::Test {
 protected:
  json::object Parse(const std::string& name) const {
    std::ifstream file(dir_ / name);
    std::stringstream text;
    text << file.rdbuf();
    return json::parse(text.str()).as_object();
  }

  const TestFolder dir_;
};

TEST_F(ArtefactsTest, FramesHaveThePromisedFields) {
  vocals::VocalTrack track{.frames = {{false, 0, 0.1F, -60}, {true, 220.13F, 0.97F, -21.44F}},
                           .pitch_engine = "a \"net\"",
                           .voicing_engine = "b"};
  WriteFrames(dir_ / "frames.json", track, 0.0251);
  EXPECT_EQ(Parse("frames.json"), json::parse(R"({"version":1,"hop_sec":0.01,"num_frames":2,
      "duration":0.0251,"engine":{"pitch":"a \"net\"","voicing":"b"},"frames":[
      {"t":0.00,"voiced":false,"f0_hz":null,"midi":null,"confidence":0.10,"level_db":-60.0},
      {"t":0.01,"voiced":true,"f0_hz":220.13,"midi":57.01,"confidence":0.97,"level_db":-21.4}]})"));
}

TEST_F(ArtefactsTest, FramesTellTheDurationToTheMicrosecondHoweverLongTheSong) {
  for (const double duration_sec : {0.01, 1000.009, 10800.123456}) {
    WriteFrames(dir_ / "frames.json", {}, duration_sec);
    EXPECT_EQ(Parse("frames.json").at("duration").to_number<double>(), duration_sec);
  }
}

TEST_F(ArtefactsTest, NoFramesAreAnEmptyList) {
  WriteFrames(dir_ / "frames.json", {}, 0.005);
  EXPECT_TRUE(Parse("frames.json").at("frames").as_array().empty());
}

TEST_F(ArtefactsTest, ChordsHaveThePromisedFields) {
  chords::ChordResult result{
      .chords = {{0, 2.1404, "Bb:maj", "Bb", "maj", "Bb", 0.91F}, {2.1404, 3, "N", "", "", "", 1}},
      .tuning_cents = -12.34,
      .key = "Bb major",
      .engine = "nets"};
  WriteChords(dir_ / "chords.json", result);
  EXPECT_EQ(Parse("chords.json"), json::parse(R"({"version":1,"num_chords":2,"engine":"nets",
      "tuning_cents":-12.3,"chords":[
      {"start":0.0,"end":2.14,"label":"Bb:maj","root":"Bb","quality":"maj","bass":"Bb","confidence":0.91},
      {"start":2.14,"end":3.0,"label":"N","root":null,"quality":null,"bass":null,"confidence":1.0}]})"));
}

TEST_F(ArtefactsTest, AFullDiskIsNamedAsSuch) {
  try {
    vocals::VocalTrack track;
    track.frames.resize(10000);
    WriteFrames("/dev/full", track, 100);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kStorageLimitExceeded);
  }
}

TEST(HzToMidiTest, CountsSemitonesFromA4) {
  EXPECT_DOUBLE_EQ(HzToMidi(440), 69);
  EXPECT_DOUBLE_EQ(HzToMidi(220), 57);
  EXPECT_NEAR(HzToMidi(261.6256), 60, 1e-4);
}

}  // namespace
}  // namespace stemscribe::pipeline
