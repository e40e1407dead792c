#include "audio/probe.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "audio/describe_input.h"
#include "audio/library_info.h"
#include "audio/test_media.h"

namespace stemscribe::audio {
namespace {

using testing::Bursts;
using testing::Ffmpeg;
using testing::TempDir;
using testing::WriteAudio;

TEST(ProbeTest, TellsWhatAFileIs) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(48000, 2, 96000));
  Ffmpeg("-i " + (dir / "a.wav").string() +
         " -metadata title='Größe' -metadata date=2024 -sample_fmt s32 " +
         (dir / "a.flac").string());
  const ProbeResult probe = Probe(dir / "a.flac");
  EXPECT_TRUE(probe.decodable);
  EXPECT_EQ(probe.why_not, "");
  EXPECT_EQ(probe.info.container, "flac");
  EXPECT_EQ(probe.info.codec, "flac");
  EXPECT_EQ(probe.info.rate_hz, 48000);
  EXPECT_EQ(probe.info.num_channels, 2);
  EXPECT_EQ(probe.info.channel_layout, "stereo");
  EXPECT_EQ(probe.info.sample_format, "s32");
  EXPECT_EQ(probe.info.bits_per_sample, 24);
  EXPECT_DOUBLE_EQ(probe.info.duration_sec.value(), 2.0);
  EXPECT_TRUE(probe.info.duration_is_exact);
  EXPECT_EQ(probe.info.tags.at("title"), "Größe");
  EXPECT_EQ(probe.info.tags.at("date"), "2024");
  EXPECT_EQ(probe.size_bytes, static_cast<int64_t>(std::filesystem::file_size(dir / "a.flac")));
}

TEST(ProbeTest, DurationIsThatOfTheMusic) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(44100, 2, 100000));
  for (const std::string extension :
       {"wav", "flac", "mp3", "m4a", "ogg", "opus", "webm", "aiff", "wma"}) {
    const auto file = dir / ("b." + extension);
    Ffmpeg("-i " + (dir / "a.wav").string() + " " + file.string());
    const ProbeResult probe = Probe(file);
    EXPECT_NEAR(probe.info.duration_sec.value(), 100000 / 44100.0, 0.06) << extension;
    EXPECT_TRUE(probe.info.duration_is_exact) << extension;
    Decoder decoder(file, {});
    EXPECT_NEAR(testing::ReadAll(decoder).duration_sec(), *probe.info.duration_sec, 0.06)
        << extension;
    EXPECT_TRUE(decoder.warnings().empty()) << extension << decoder.warnings()[0];
  }
}

TEST(ProbeTest, ADurationGuessedFromTheSizeSaysSo) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(44100, 2, 100000));
  Ffmpeg("-i " + (dir / "a.wav").string() + " -c:a aac -f adts " + (dir / "a.aac").string());
  const ProbeResult probe = Probe(dir / "a.aac");
  EXPECT_TRUE(probe.decodable);
  EXPECT_TRUE(probe.info.duration_sec);
  EXPECT_FALSE(probe.info.duration_is_exact);
}

TEST(ProbeTest, SaysWhyAFileCannotBeDecoded) {
  const TempDir dir;
  testing::WriteBytes(dir / "a.mp3", "no music");
  const ProbeResult probe = Probe(dir / "a.mp3");
  EXPECT_FALSE(probe.decodable);
  EXPECT_NE(probe.why_not, "");
  EXPECT_EQ(probe.size_bytes, 8);
  EXPECT_EQ(Probe(dir / "none.mp3").why_not, "There is no such file.");
}

TEST(ProbeTest, JsonHasEveryFieldAndNullForTheUnknown) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(44100, 1, 44100));
  const boost::json::object json = ToJson(Probe(dir / "a.wav"));
  EXPECT_EQ(json.at("container"), "wav");
  EXPECT_EQ(json.at("codec"), "pcm_f32le");
  EXPECT_EQ(json.at("channels").as_int64(), 1);
  EXPECT_DOUBLE_EQ(json.at("duration").as_double(), 1.0);
  EXPECT_TRUE(json.at("decodable").as_bool());
  EXPECT_TRUE(json.at("why_not").is_null());
  const boost::json::object none = ToJson(Probe(dir / "none"));
  EXPECT_EQ(none.size(), json.size());
  EXPECT_TRUE(none.at("duration").is_null());
  EXPECT_FALSE(none.at("decodable").as_bool());
}

TEST(CleanTextTest, IsAlwaysUtf8WithoutControlCharacters) {
  EXPECT_EQ(CleanText("Größe 歌手 \U0001F3B5"), "Größe 歌手 \U0001F3B5");
  EXPECT_EQ(CleanText("a\nb\x01"), "a b ");
  EXPECT_EQ(CleanText("Gr\xF6\xDF"), "Gr\uFFFD\uFFFD");        // Latin-1
  EXPECT_EQ(CleanText("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(CleanText("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // surrogate
  EXPECT_EQ(CleanText("\xE6\xAD"), "\uFFFD\uFFFD");            // cut off
  EXPECT_LE(CleanText(std::string(100000, 'x')).size(), 1000U);
}

TEST(LibraryInfoTest, NamesTheLibraries) {
  const std::string info = LibraryInfo();
  EXPECT_EQ(info.substr(0, 7), "FFmpeg ");
  EXPECT_NE(info.find("libmp3lame"), std::string::npos);
  EXPECT_NE(info.find("libebur128 1."), std::string::npos);
}

}  // namespace
}  // namespace stemscribe::audio
