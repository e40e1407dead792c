// Damaged files are decoded as far as they go, in time, with a warning.
#include <gtest/gtest.h>

#include <random>

#include "audio/decoder.h"
#include "audio/test_media.h"

namespace stemscribe::audio {
namespace {

using testing::Bursts;
using testing::Ffmpeg;
using testing::ReadBytes;
using testing::TempDir;
using testing::WriteAudio;
using testing::WriteBytes;

constexpr size_t kNumSamples = 44100 * 4;

struct Decoded {
  AudioBuffer audio;
  std::vector<std::string> warnings;
};

Decoded Decode(const std::filesystem::path& path) {
  Decoder decoder(path, {});
  AudioBuffer audio = testing::ReadAll(decoder);
  return {std::move(audio), decoder.warnings()};
}

bool HasWarning(const Decoded& decoded, const std::string& part) {
  for (const std::string& warning : decoded.warnings) {
    if (warning.find(part) != std::string::npos) return true;
  }
  return false;
}

/// Where in `bytes` the Xing or Info header starts.
size_t XingAt(const std::string& bytes) { return std::min(bytes.find("Info"), bytes.find("Xing")); }

class TruncatedTest : public ::testing::TestWithParam<const char*> {};

TEST_P(TruncatedTest, GivesWhatIsThereAndSaysSo) {
  const TempDir dir;
  const AudioBuffer original = Bursts(44100, 2, kNumSamples);
  WriteAudio(dir / "a.wav", original);
  const auto file = dir / (std::string("b.") + GetParam());
  Ffmpeg("-i " + (dir / "a.wav").string() + " -movflags faststart " + file.string());
  const std::string bytes = ReadBytes(file);
  WriteBytes(file, bytes.substr(0, bytes.size() * 6 / 10));
  const Decoded decoded = Decode(file);
  EXPECT_GT(decoded.audio.duration_sec(), 1.8);
  EXPECT_LT(decoded.audio.duration_sec(), 3.2);
  EXPECT_EQ(testing::BestLag(original.channels[0], decoded.audio.channels[0], 2000), 0);
  EXPECT_TRUE(HasWarning(decoded, "ends early")) << ::testing::PrintToString(decoded.warnings);
}

INSTANTIATE_TEST_SUITE_P(Formats, TruncatedTest,
                         ::testing::Values("mp3", "flac", "m4a", "wav", "aiff"),
                         [](const auto& test) { return std::string(test.param); });

TEST(DamageTest, BitFlipsInFlacBecomeSilenceOfTheSameLength) {
  const TempDir dir;
  const AudioBuffer original = Bursts(44100, 2, kNumSamples);
  WriteAudio(dir / "a.flac", original, Format::kFlac);
  std::string bytes = ReadBytes(dir / "a.flac");
  for (size_t i = 0; i < 5; ++i)
    bytes[bytes.size() / 2 + i] = static_cast<char>(~bytes[bytes.size() / 2 + i]);
  WriteBytes(dir / "b.flac", bytes);
  const Decoded decoded = Decode(dir / "b.flac");
  EXPECT_EQ(decoded.audio.num_samples(), kNumSamples);
  ASSERT_EQ(decoded.warnings.size(), 1U);
  EXPECT_TRUE(HasWarning(decoded, "damaged part")) << decoded.warnings[0];
  const std::vector<float> end_before(original.channels[0].end() - 44100,
                                      original.channels[0].end());
  const std::vector<float> end_after(decoded.audio.channels[0].end() - 44100,
                                     decoded.audio.channels[0].end());
  EXPECT_GT(testing::SnrDb(end_before, end_after), 100);
  EXPECT_GT(testing::SnrDb(original.channels[0], decoded.audio.channels[0]), 3);
}

TEST(DamageTest, GarbageInFlacKeepsWhatFollowsInTime) {
  const TempDir dir;
  const AudioBuffer original = Bursts(44100, 2, kNumSamples);
  WriteAudio(dir / "a.flac", original, Format::kFlac);
  std::string bytes = ReadBytes(dir / "a.flac");
  std::minstd_rand random(1);
  for (size_t i = 0; i < bytes.size() / 50; ++i)
    bytes[bytes.size() / 2 + i] = static_cast<char>(random() >> 8);
  WriteBytes(dir / "b.flac", bytes);
  const Decoded decoded = Decode(dir / "b.flac");
  EXPECT_EQ(decoded.audio.num_samples(), kNumSamples);
  EXPECT_TRUE(HasWarning(decoded, "damaged part"));
}

TEST(DamageTest, GarbageInAnMp3IsSurvived) {
  const TempDir dir;
  const AudioBuffer original = Bursts(44100, 2, kNumSamples);
  WriteAudio(dir / "a.mp3", original, Format::kMp3);
  std::string bytes = ReadBytes(dir / "a.mp3");
  for (size_t i = 0; i < 3000; ++i) bytes[bytes.size() / 2 + i] = static_cast<char>(i * 37);
  WriteBytes(dir / "b.mp3", bytes);
  const Decoded decoded = Decode(dir / "b.mp3");
  EXPECT_NEAR(decoded.audio.duration_sec(), 4.0, 0.3);
  EXPECT_FALSE(decoded.warnings.empty());
}

TEST(DamageTest, TagsAfterTheLastFrameAreNoDamage) {
  const TempDir dir;
  WriteAudio(dir / "a.mp3", Bursts(44100, 2, kNumSamples), Format::kMp3);
  std::string ape = "APETAGEX";
  ape += std::string("\xD0\x07\0\0\x80\0\0\0\x01\0\0\0\0\0\0\xA0\0\0\0\0\0\0\0\0", 24);
  ape += std::string("\x5F\0\0\0\0\0\0\0", 8) + "Comment" + std::string(1, '\0') +
         std::string(80, 'x');
  std::string id3 = "TAG" + std::string(125, '\0');
  WriteBytes(dir / "b.mp3", ReadBytes(dir / "a.mp3") + ape + id3);
  const Decoded decoded = Decode(dir / "b.mp3");
  EXPECT_EQ(decoded.audio.num_samples(), kNumSamples);
  EXPECT_TRUE(decoded.warnings.empty()) << ::testing::PrintToString(decoded.warnings);
}

TEST(DamageTest, AnMp3WhoseHeaderPromisesTooLittleIsReadToItsEnd) {
  const TempDir dir;
  WriteAudio(dir / "a.mp3", Bursts(44100, 2, kNumSamples), Format::kMp3);
  std::string bytes = ReadBytes(dir / "a.mp3");
  bytes.replace(XingAt(bytes) + 8, 4, std::string("\0\0\0\x40", 4));  // 64 frames
  WriteBytes(dir / "b.mp3", bytes);
  const Decoded decoded = Decode(dir / "b.mp3");
  EXPECT_GE(decoded.audio.num_samples(), kNumSamples);
  EXPECT_LT(decoded.audio.num_samples(), kNumSamples + 2304);
}

TEST(DamageTest, AnMp3WhoseHeaderPromisesTooMuchIsReadToItsEnd) {
  const TempDir dir;
  WriteAudio(dir / "a.mp3", Bursts(44100, 2, kNumSamples), Format::kMp3);
  std::string bytes = ReadBytes(dir / "a.mp3");
  bytes.replace(XingAt(bytes) + 8, 4, std::string("\0\0\x40\0", 4));
  WriteBytes(dir / "b.mp3", bytes);
  const Decoded decoded = Decode(dir / "b.mp3");
  EXPECT_GE(decoded.audio.num_samples(), kNumSamples);
  EXPECT_LT(decoded.audio.num_samples(), kNumSamples + 2304);
  EXPECT_TRUE(HasWarning(decoded, "ends early"));
}

TEST(DamageTest, AnMp3WithoutAHeaderIsReadToItsEnd) {
  const TempDir dir;
  const AudioBuffer original = Bursts(44100, 2, kNumSamples);
  WriteAudio(dir / "a.wav", original);
  Ffmpeg("-i " + (dir / "a.wav").string() + " -b:a 192k -write_xing 0 " + (dir / "b.mp3").string());
  const Decoded decoded = Decode(dir / "b.mp3");
  EXPECT_GE(decoded.audio.num_samples(), kNumSamples);
  EXPECT_LT(decoded.audio.num_samples(), kNumSamples + 2 * 2304);
  // The decoder's own delay of 529 samples is known; that of the encoder is not.
  EXPECT_EQ(testing::BestLag(original.channels[0], decoded.audio.channels[0], 2000), 1105 - 529);
}

}  // namespace
}  // namespace stemscribe::audio
