// Every format we take: what comes out is what went in, from sample 0 to the last.
#include <gtest/gtest.h>

#include <ostream>

#include "audio/decoder.h"
#include "audio/test_media.h"

namespace stemscribe::audio {
namespace {

struct Case {
  std::string name;
  std::string extension;
  std::string encode;        // arguments of the ffmpeg program
  int rate_hz = 44100;       // of the file
  double min_snr_db = 0;     // to the original
  int max_length_error = 0;  // samples at the file's rate
};

std::ostream& operator<<(std::ostream& out, const Case& value) { return out << value.name; }

class DecoderFormatsTest : public ::testing::TestWithParam<Case> {};

TEST_P(DecoderFormatsTest, KeepsTimeLengthAndSound) {
  const Case& param = GetParam();
  const testing::TempDir dir;
  const auto num_samples = static_cast<size_t>(param.rate_hz * 1.5) + 77;
  const AudioBuffer original = testing::Bursts(param.rate_hz, 2, num_samples);
  testing::WriteAudio(dir / "original.wav", original);
  const auto file = dir / ("song." + param.extension);
  testing::Ffmpeg("-i " + (dir / "original.wav").string() + " " + param.encode + " " +
                  file.string());

  const AudioBuffer decoded = testing::ReadAll(file, param.rate_hz, 2);
  ASSERT_EQ(decoded.num_channels(), 2U);
  for (size_t c = 0; c < 2; ++c) {
    EXPECT_EQ(testing::BestLag(original.channels[c], decoded.channels[c], 3000), 0);
    EXPECT_GT(testing::SnrDb(original.channels[c], decoded.channels[c]), param.min_snr_db);
  }
  EXPECT_NEAR(static_cast<double>(decoded.num_samples()), static_cast<double>(num_samples),
              param.max_length_error);
}

const Case kCases[] = {
    {"WavU8", "wav", "-c:a pcm_u8", 8000, 25},
    {"WavS16", "wav", "-c:a pcm_s16le", 44100, 70},
    {"WavS24At192k", "wav", "-c:a pcm_s24le", 192000, 110},
    {"WavS32", "wav", "-c:a pcm_s32le", 48000, 130},
    {"WavFloat", "wav", "-c:a pcm_f32le", 44100, 190},
    {"WavDouble", "wav", "-c:a pcm_f64le", 44100, 190},
    {"WavRf64", "wav", "-c:a pcm_s16le -rf64 always", 44100, 70},
    {"Wave64", "w64", "-c:a pcm_s16le", 44100, 70, 1},
    {"Aiff", "aiff", "-c:a pcm_s16be", 44100, 70},
    {"Flac", "flac", "-c:a flac", 44100, 70},
    {"Flac24", "flac", "-c:a flac -sample_fmt s32", 96000, 110},
    {"OggFlac", "ogg", "-c:a flac", 44100, 70},
    {"Mp3", "mp3", "-c:a libmp3lame -b:a 192k", 44100, 10},
    {"Mp3Vbr", "mp3", "-c:a libmp3lame -q:a 2", 48000, 10},
    {"Mp3Mpeg2", "mp3", "-c:a libmp3lame -b:a 128k", 22050, 10},
    {"M4aAac", "m4a", "-c:a aac -b:a 256k", 44100, 10, 45},
    {"Mp4Aac", "mp4", "-c:a aac -b:a 256k", 48000, 10, 49},
    {"Alac", "m4a", "-c:a alac", 44100, 70},
    {"MovPcm", "mov", "-c:a pcm_s16le", 44100, 70},
    {"OggVorbis", "ogg", "-c:a libvorbis -q:a 6", 44100, 10},
    {"OggOpus", "opus", "-c:a libopus -b:a 192k", 48000, 8},
    {"WebmOpus", "webm", "-c:a libopus -b:a 192k", 48000, 8},
    {"WebmVorbis", "webm", "-c:a libvorbis -q:a 6", 44100, 10, 128},
    {"MkvAac", "mkv", "-c:a aac -b:a 256k", 44100, 10, 1024},
    {"MkvFlac", "mkv", "-c:a flac", 44100, 70},
    {"Wma1", "wma", "-c:a wmav1 -b:a 192k", 44100, 8, 2048},
    {"Wma2", "wma", "-c:a wmav2 -b:a 192k", 44100, 8, 2048},
    {"AdtsAac", "aac", "-c:a aac -b:a 256k", 44100, 10, 1024},
    {"Ac3", "ac3", "-c:a ac3 -b:a 448k", 44100, 10, 1536},
    {"Caf", "caf", "-c:a pcm_s16le", 44100, 70},
    {"WavPack", "wv", "-c:a wavpack", 44100, 70},
};

INSTANTIATE_TEST_SUITE_P(All, DecoderFormatsTest, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace stemscribe::audio
