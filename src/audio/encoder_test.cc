#include "audio/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "audio/test_media.h"
#include "base/test_error.h"

namespace stemscribe::audio {
namespace {

using testing::Bursts;
using testing::ReadAll;
using testing::TempDir;
using testing::WriteAudio;

TEST(EncoderTest, WavKeepsEveryBit) {
  const TempDir dir;
  AudioBuffer audio = Bursts(44100, 2, 50001);
  audio.channels[0][7] = 1.75F;  // beyond full scale, as stems may be
  WriteAudio(dir / "a.wav", audio);
  EXPECT_EQ(ReadAll(dir / "a.wav", 44100, 2).channels, audio.channels);
}

TEST(EncoderTest, WavReservesRoomForA64BitHeader) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(44100, 2, 1000));
  EXPECT_EQ(testing::ReadBytes(dir / "a.wav").substr(12, 4), "JUNK");  // becomes ds64 above 4 GB
}

TEST(EncoderTest, FlacRoundsToNearest24Bit) {
  const TempDir dir;
  const AudioBuffer audio = Bursts(44100, 2, 50001);
  WriteAudio(dir / "a.flac", audio, Format::kFlac);
  const AudioBuffer decoded = ReadAll(dir / "a.flac", 44100, 2);
  ASSERT_EQ(decoded.num_samples(), audio.num_samples());
  float worst = 0;
  for (size_t n = 0; n < audio.num_samples(); ++n) {
    worst = std::max(worst, std::abs(decoded.channels[1][n] - audio.channels[1][n]));
  }
  EXPECT_LE(worst, 0.5F / (1 << 23));
  EXPECT_GT(worst, 0.4F / (1 << 23));
}

TEST(EncoderTest, FlacClampsAndCountsWhatItCannotHold) {
  const TempDir dir;
  AudioBuffer audio = AudioBuffer::Zeros(44100, 2, 100);
  audio.channels[0][10] = 1.5F;
  audio.channels[1][20] = -2.0F;
  audio.channels[1][21] = -1.0F;  // just fits
  Encoder encoder(dir / "a.flac", {.format = Format::kFlac});
  encoder.Write(audio);
  encoder.Close();
  EXPECT_EQ(encoder.clipped_samples(), 2);
  const AudioBuffer decoded = ReadAll(dir / "a.flac", 44100, 2);
  EXPECT_NEAR(decoded.channels[0][10], 1.0F, 1e-6);
  EXPECT_EQ(decoded.channels[1][20], -1.0F);
  EXPECT_EQ(decoded.channels[1][21], -1.0F);
}

class Mp3LengthTest : public ::testing::TestWithParam<size_t> {};

TEST_P(Mp3LengthTest, ComesBackToTheSampleAndInTime) {
  const TempDir dir;
  const AudioBuffer audio = Bursts(44100, 2, GetParam());
  WriteAudio(dir / "a.mp3", audio, Format::kMp3);
  const AudioBuffer decoded = ReadAll(dir / "a.mp3", 44100, 2);
  EXPECT_EQ(decoded.num_samples(), audio.num_samples());
  if (GetParam() > 10000) {
    EXPECT_EQ(testing::BestLag(audio.channels[0], decoded.channels[0], 2000), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, Mp3LengthTest,
                         ::testing::Values(1, 100, 1151, 1152, 1153, 1199, 8820, 44100, 100003,
                                           115201));

TEST(EncoderTest, Mp3CarriesALameHeader) {
  const TempDir dir;
  WriteAudio(dir / "a.mp3", Bursts(44100, 2, 44100), Format::kMp3);
  const std::string bytes = testing::ReadBytes(dir / "a.mp3");
  EXPECT_TRUE(bytes.find("Info") != std::string::npos || bytes.find("Xing") != std::string::npos);
  EXPECT_TRUE(bytes.find("LAME") != std::string::npos || bytes.find("Lavc") != std::string::npos);
}

TEST(EncoderTest, BlocksOfAnySizeGiveTheSameFile) {
  const TempDir dir;
  const AudioBuffer audio = Bursts(44100, 2, 20000);
  for (const Format format : {Format::kMp3, Format::kFlac, Format::kWav}) {
    WriteAudio(dir / "whole", audio, format);
    Encoder encoder(dir / "pieces", {.format = format});
    for (size_t at = 0; at < 20000;) {
      const size_t end = std::min<size_t>(20000, at + 1 + at % 997);
      AudioBuffer piece{44100, {}};
      for (const auto& channel : audio.channels) {
        piece.channels.emplace_back(channel.begin() + static_cast<ptrdiff_t>(at),
                                    channel.begin() + static_cast<ptrdiff_t>(end));
      }
      encoder.Write(piece);
      at = end;
    }
    encoder.Close();
    EXPECT_EQ(testing::ReadBytes(dir / "whole"), testing::ReadBytes(dir / "pieces"))
        << FormatExtension(format);
  }
}

TEST(EncoderTest, WithoutCloseNothingIsLeft) {
  const TempDir dir;
  {
    Encoder encoder(dir / "a.mp3", {});
    encoder.Write(Bursts(44100, 2, 30000));
    EXPECT_TRUE(std::filesystem::exists(dir / "a.mp3"));
  }
  EXPECT_FALSE(std::filesystem::exists(dir / "a.mp3"));
}

TEST(EncoderTest, WritesTags) {
  const TempDir dir;
  for (const Format format : {Format::kMp3, Format::kFlac}) {
    Encoder encoder(dir / "a",
                    {.format = format, .tags = {{"title", "Größe"}, {"artist", "歌手"}}});
    encoder.Write(Bursts(44100, 2, 5000));
    encoder.Close();
    const Decoder decoder(dir / "a", {});
    EXPECT_EQ(decoder.info().tags.at("title"), "Größe");
    EXPECT_EQ(decoder.info().tags.at("artist"), "歌手");
  }
}

TEST(EncoderTest, RefusesWhatItCannotDo) {
  const TempDir dir;
  EXPECT_EQ(CodeOf([&] { Encoder(dir / "a.mp3", {.rate_hz = 96000}); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf([&] { Encoder(dir / "a.wav", {.format = Format::kWav, .num_channels = 3}); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf([&] { Encoder(dir / "no such folder" / "a.mp3", {}); }), ErrorCode::kIo);
  Encoder encoder(dir / "a.mp3", {});
  EXPECT_EQ(CodeOf([&] { encoder.Write(AudioBuffer::Zeros(48000, 2, 10)); }),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf([] { ParseFormat("ogg"); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ParseFormat("flac"), Format::kFlac);
}

TEST(EncoderTest, AFullDiskIsSaidSo) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const TempDir dir;
  std::filesystem::create_symlink("/dev/full", dir / "a.wav");
  EXPECT_EQ(CodeOf([&] { WriteAudio(dir / "a.wav", Bursts(44100, 2, 200000)); }),
            ErrorCode::kStorageLimitExceeded);
}

}  // namespace
}  // namespace stemscribe::audio
