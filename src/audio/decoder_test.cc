// What Decoder promises beyond the formats: channels, rates, blocks, odd but healthy files,
// stopping.
#include "audio/decoder.h"

#include <gtest/gtest.h>

#include <limits>
#include <stop_token>

#include "audio/test_media.h"

namespace stemscribe::audio {
namespace {

using testing::Bursts;
using testing::Ffmpeg;
using testing::ReadAll;
using testing::TempDir;
using testing::WriteAudio;

TEST(DecoderTest, MonoIsTheSameInBothChannelsAtUnchangedLevel) {
  const TempDir dir;
  const AudioBuffer mono = Bursts(44100, 1, 20000);
  WriteAudio(dir / "a.wav", mono);
  const AudioBuffer decoded = ReadAll(dir / "a.wav", 44100, 2);
  EXPECT_EQ(decoded.channels[0], mono.channels[0]);
  EXPECT_EQ(decoded.channels[1], mono.channels[0]);
}

TEST(DecoderTest, StereoToMonoIsTheMean) {
  const TempDir dir;
  const AudioBuffer stereo = Bursts(44100, 2, 20000);
  WriteAudio(dir / "a.wav", stereo);
  const AudioBuffer decoded = ReadAll(dir / "a.wav", 44100, 1);
  ASSERT_EQ(decoded.num_channels(), 1U);
  for (size_t n = 0; n < 20000; ++n) {
    ASSERT_NEAR(decoded.channels[0][n], 0.5F * (stereo.channels[0][n] + stereo.channels[1][n]),
                1e-6);
  }
}

/// The level of a sample of 0.5 in channel `channel` alone, in the left and right of the decoded
/// stereo.
std::pair<float, float> MixOf(const TempDir& dir, const std::string& layout, int channel) {
  const AudioBuffer half{44100, {std::vector<float>(1000, 0.5F)}};
  WriteAudio(dir / "half.wav", half);
  Ffmpeg("-i " + (dir / "half.wav").string() + " -af 'pan=" + layout + "|c" +
         std::to_string(channel) + "=c0' " + (dir / "a.wav").string());
  const AudioBuffer decoded = ReadAll(dir / "a.wav", 44100, 2);
  return {decoded.channels[0].at(500) / 0.5F, decoded.channels[1].at(500) / 0.5F};
}

TEST(DecoderTest, SurroundIsMixedByTheStandardWeightsWithoutClipping) {
  const TempDir dir;
  const float minus_3_db = std::sqrt(0.5F);
  const float scale = 1 / (1 + 3 * minus_3_db);  // 7.1: front + centre + back + side
  const std::pair<float, float> wanted[8] = {
      {scale, 0},                                // front left
      {0, scale},                                // front right
      {scale * minus_3_db, scale * minus_3_db},  // centre
      {0, 0},                                    // LFE
      {scale * minus_3_db, 0},                   // back left
      {0, scale * minus_3_db},                   // back right
      {scale * minus_3_db, 0},                   // side left
      {0, scale * minus_3_db},                   // side right
  };
  for (int channel = 0; channel < 8; ++channel) {
    const auto [left, right] = MixOf(dir, "7.1", channel);
    EXPECT_NEAR(left, wanted[channel].first, 1e-3) << channel;
    EXPECT_NEAR(right, wanted[channel].second, 1e-3) << channel;
  }
}

TEST(DecoderTest, EveryDecodeHasTheSameSamplesInBlocksOfTheSizeAskedFor) {
  const TempDir dir;
  WriteAudio(dir / "a.mp3", Bursts(44100, 2, 100000), Format::kMp3);
  const AudioBuffer whole = ReadAll(dir / "a.mp3", 22050, 1);
  EXPECT_EQ(whole.num_samples(), 50000U);
  for (const size_t block_samples : {1000, 4096, 32768}) {
    Decoder decoder(dir / "a.mp3",
                    {.rate_hz = 22050, .num_channels = 1, .block_samples = block_samples});
    std::vector<float> all;
    size_t last = block_samples;
    for (AudioBuffer block; decoder.Read(block); last = block.num_samples()) {
      ASSERT_EQ(last, block_samples);
      ASSERT_EQ(block.rate_hz, 22050);
      all.insert(all.end(), block.channels[0].begin(), block.channels[0].end());
    }
    EXPECT_EQ(all, whole.channels[0]);
    AudioBuffer block;
    EXPECT_FALSE(decoder.Read(block));
    EXPECT_TRUE(block.empty());
  }
}

TEST(DecoderTest, ResamplesToTheRoundedLength) {
  const TempDir dir;
  for (const int rate_hz : {8000, 48000, 192000}) {
    const size_t num_samples = static_cast<size_t>(rate_hz) / 5 + 3;  // 0.2 s
    WriteAudio(dir / "a.wav", Bursts(rate_hz, 1, num_samples));
    const AudioBuffer decoded = ReadAll(dir / "a.wav", 44100, 2);
    EXPECT_EQ(static_cast<long>(decoded.num_samples()),
              std::lround(static_cast<double>(num_samples) * 44100 / rate_hz));
  }
}

TEST(DecoderTest, SilenceIsSilence) {
  const TempDir dir;
  for (const Format format : {Format::kMp3, Format::kFlac, Format::kWav}) {
    WriteAudio(dir / "a", AudioBuffer::Zeros(44100, 2, 30000), format);
    const AudioBuffer decoded = ReadAll(dir / "a", 44100, 2);
    EXPECT_EQ(decoded.channels[0], std::vector<float>(30000, 0.0F));
  }
}

TEST(DecoderTest, SamplesThatAreNoNumbersBecomeZeroWithAWarning) {
  const TempDir dir;
  AudioBuffer audio = Bursts(44100, 2, 5000);
  audio.channels[0][100] = std::numeric_limits<float>::quiet_NaN();
  audio.channels[1][200] = -std::numeric_limits<float>::infinity();
  audio.channels[1][300] = 1e30F;
  WriteAudio(dir / "a.wav", audio);
  Decoder decoder(dir / "a.wav", {});
  const AudioBuffer decoded = ReadAll(decoder);
  EXPECT_EQ(decoded.channels[0][100], 0.0F);
  EXPECT_EQ(decoded.channels[1][200], 0.0F);
  EXPECT_EQ(decoded.channels[1][300], 0.0F);
  EXPECT_EQ(decoded.channels[0][101], audio.channels[0][101]);
  ASSERT_EQ(decoder.warnings().size(), 1U);
  EXPECT_EQ(decoder.warnings()[0].substr(0, 17), "3 invalid samples");
}

TEST(DecoderTest, ALargePictureIsIgnoredEvenWithoutAFileNameExtension) {
  const TempDir dir;
  const AudioBuffer audio = Bursts(44100, 2, 50000);
  WriteAudio(dir / "a.mp3", audio, Format::kMp3);
  Ffmpeg("-f lavfi -i nullsrc=s=1500x1500,geq=random\\(1\\)*255 -frames:v 1 " +
         (dir / "cover.png").string());
  Ffmpeg("-i " + (dir / "a.mp3").string() + " -i " + (dir / "cover.png").string() +
         " -map 0 -map 1 -c copy -disposition:v attached_pic " + (dir / "b.mp3").string());
  ASSERT_GT(std::filesystem::file_size(dir / "b.mp3"), 1000000U);
  std::filesystem::copy(dir / "b.mp3", dir / "input");
  for (const char* name : {"b.mp3", "input"}) {
    Decoder decoder(dir / name, {});
    const AudioBuffer decoded = ReadAll(decoder);
    EXPECT_EQ(decoded.num_samples(), 50000U) << name;
    EXPECT_FALSE(decoder.info().has_video);
    EXPECT_TRUE(decoder.warnings().empty());
  }
}

TEST(DecoderTest, TheSoundOfAVideoIsRead) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(48000, 2, 72000));
  Ffmpeg("-f lavfi -i testsrc=d=1.5:s=64x64:r=10 -i " + (dir / "a.wav").string() +
         " -c:v mpeg4 -c:a alac " + (dir / "a.mp4").string());
  Decoder decoder(dir / "a.mp4", {.rate_hz = 48000});
  EXPECT_TRUE(decoder.info().has_video);
  EXPECT_EQ(ReadAll(decoder).num_samples(), 72000U);
}

TEST(DecoderTest, TheRateMayChangeInMidStream) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(44100, 2, 44100));
  const std::string aac = " -c:a aac -f adts ";
  Ffmpeg("-i " + (dir / "a.wav").string() + aac + (dir / "a.aac").string());
  Ffmpeg("-i " + (dir / "a.wav").string() + " -ar 22050 -ac 1" + aac + (dir / "b.aac").string());
  testing::WriteBytes(dir / "ab.aac",
                      testing::ReadBytes(dir / "a.aac") + testing::ReadBytes(dir / "b.aac"));
  const AudioBuffer decoded = ReadAll(dir / "ab.aac", 44100, 2);
  EXPECT_NEAR(decoded.duration_sec(), 2.0, 0.2);
  // The second half is music at its right speed: its bursts come every quarter of a second.
  const auto half = static_cast<ptrdiff_t>(decoded.num_samples() / 2);
  std::vector<float> energy;
  for (auto at = decoded.channels[0].begin() + half; at + 441 < decoded.channels[0].end();
       at += 441) {
    float sum = 0;
    for (auto n = at; n < at + 441; ++n) sum += *n * *n;
    energy.push_back(sum);
  }
  std::vector<float> later(energy.begin() + 25, energy.end());
  EXPECT_EQ(testing::BestLag(energy, later, 10), 0);
}

TEST(DecoderTest, AStopIsObeyed) {
  const TempDir dir;
  WriteAudio(dir / "a.flac", Bursts(44100, 2, 400000), Format::kFlac);
  std::stop_source source;
  Decoder decoder(dir / "a.flac", {.block_samples = 1000, .stop = source.get_token()});
  AudioBuffer block;
  ASSERT_TRUE(decoder.Read(block));
  source.request_stop();
  const auto code_of = [](const auto& work) {
    try {
      work();
      return ErrorCode::kInternal;
    } catch (const Error& error) {
      return error.code();
    }
  };
  EXPECT_EQ(code_of([&] {
              while (decoder.Read(block)) {
              }
            }),
            ErrorCode::kCancelled);
  EXPECT_EQ(code_of([&] { Decoder(dir / "a.flac", {.stop = source.get_token()}); }),
            ErrorCode::kCancelled);
}

TEST(DecoderTest, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(Decoder("x.wav", {.rate_hz = 0}), Error);
  EXPECT_THROW(Decoder("x.wav", {.num_channels = 3}), Error);
  EXPECT_THROW(Decoder("x.wav", {.block_samples = 0}), Error);
}

}  // namespace
}  // namespace stemscribe::audio
