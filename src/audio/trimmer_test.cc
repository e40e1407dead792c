#include "audio/trimmer.h"

#include <gtest/gtest.h>

#include "audio/test_media.h"

namespace stemscribe::audio {
namespace {

using testing::BigEndian32;

std::string Box(const std::string& name, const std::string& content) {
  return BigEndian32(content.size() + 8) + name + content;
}

// Apple's encoders declare the length to the sample in a tag; FFmpeg's muxer does so by an edit
// list in milliseconds.
TEST(TrimmerTest, AppleTagGivesDelayAndLengthToTheSample) {
  constexpr size_t kNumSamples = 66000;
  const testing::TempDir dir;
  const AudioBuffer original = testing::Bursts(44100, 2, kNumSamples);
  testing::WriteAudio(dir / "a.wav", original);
  testing::Ffmpeg("-i " + (dir / "a.wav").string() + " -c:a aac -b:a 256k -metadata title=x " +
                  (dir / "a.m4a").string());
  std::string bytes = testing::ReadBytes(dir / "a.m4a");
  const std::string smpb =
      " 00000000 00000400 00000230 00000000000101D0 00000000 00000000";  // 1024, 560, 66000
  const std::string no_flags(4, '\0');
  const std::string tag =
      Box("----", Box("mean", no_flags + "com.apple.iTunes") + Box("name", no_flags + "iTunSMPB") +
                      Box("data", std::string("\0\0\0\1\0\0\0\0", 8) + smpb));
  const size_t at = bytes.rfind("ilst") + 4;
  testing::ReplaceInBoxes(bytes, at, 0, tag, {"moov", "udta", "meta", "ilst"});
  testing::WriteBytes(dir / "b.m4a", bytes);
  const AudioBuffer decoded = testing::ReadAll(dir / "b.m4a", 44100, 2);
  EXPECT_EQ(decoded.num_samples(), kNumSamples);
  EXPECT_EQ(testing::BestLag(original.channels[0], decoded.channels[0], 3000), 0);
  EXPECT_NE(testing::ReadAll(dir / "a.m4a", 44100, 2).num_samples(), kNumSamples);
}

TEST(TrimmerTest, AnMp4WithoutAnyDeclarationLosesTheDelayThatEveryEncoderHas) {
  const testing::TempDir dir;
  const AudioBuffer original = testing::Bursts(44100, 2, 66000);
  testing::WriteAudio(dir / "a.wav", original);
  testing::Ffmpeg("-i " + (dir / "a.wav").string() + " -c:a aac -b:a 256k -use_editlist 0 " +
                  (dir / "a.m4a").string());
  const AudioBuffer decoded = testing::ReadAll(dir / "a.m4a", 44100, 2);
  EXPECT_EQ(testing::BestLag(original.channels[0], decoded.channels[0], 3000), 0);
}

}  // namespace
}  // namespace stemscribe::audio
