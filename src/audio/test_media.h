// What the tests of this folder share: a scratch folder, a signal with sharp edges, files made by
// the ffmpeg program.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <random>
#include <string>

#include "audio/audio_buffer.h"
#include "audio/decoder.h"
#include "audio/encoder.h"
#include "base/error.h"

namespace stemscribe::audio::testing {

/// A folder of its own, removed with all that is in it.
class TempDir {
 public:
  TempDir() {
    std::string name =
        (std::filesystem::temp_directory_path() / "stemscribe-audio-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw Error(ErrorCode::kIo, "no scratch folder");
    path_ = name;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Runs the ffmpeg program with `arguments`, written for a shell.
inline void Ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -nostdin -v error -y " + arguments;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

/// Bursts of 10 ms of noise, four a second, the first at once; channel c has its own noise and the
/// level 0.4 / (c + 1).
inline AudioBuffer Bursts(int rate_hz, size_t num_channels, size_t num_samples) {
  AudioBuffer buffer = AudioBuffer::Zeros(rate_hz, num_channels, num_samples);
  const auto period = static_cast<size_t>(rate_hz / 4);
  const auto burst = static_cast<size_t>(rate_hz / 100);
  for (size_t c = 0; c < num_channels; ++c) {
    std::minstd_rand random(static_cast<unsigned>(c + 1));
    const float level = 0.4F / static_cast<float>(c + 1);
    float smooth = 0;  // low-passed, so that codecs keep it
    for (size_t n = 0; n < num_samples; ++n) {
      const float noise = static_cast<float>(random()) / static_cast<float>(random.max()) * 2 - 1;
      smooth = 0.7F * smooth + 0.6F * noise;
      if (n % period < burst) buffer.channels[c][n] = level * smooth;
    }
  }
  return buffer;
}

inline void WriteAudio(const std::filesystem::path& path, const AudioBuffer& audio,
                       Format format = Format::kWav) {
  Encoder encoder(path, {.format = format,
                         .rate_hz = audio.rate_hz,
                         .num_channels = static_cast<int>(audio.num_channels())});
  encoder.Write(audio);
  encoder.Close();
}

inline AudioBuffer ReadAll(Decoder& decoder) {
  AudioBuffer all;
  for (AudioBuffer block; decoder.Read(block);) {
    all.rate_hz = block.rate_hz;
    all.channels.resize(block.num_channels());
    for (size_t c = 0; c < block.num_channels(); ++c) {
      all.channels[c].insert(all.channels[c].end(), block.channels[c].begin(),
                             block.channels[c].end());
    }
  }
  return all;
}

inline AudioBuffer ReadAll(const std::filesystem::path& path, int rate_hz, int num_channels) {
  Decoder decoder(path, {.rate_hz = rate_hz, .num_channels = num_channels, .block_samples = 5000});
  return ReadAll(decoder);
}

/// By how many samples `late` comes later than `reference`: the highest correlation within
/// ±max_lag.
inline int BestLag(const std::vector<float>& reference, const std::vector<float>& late,
                   int max_lag) {
  const auto size = static_cast<int>(std::min<size_t>(reference.size(), 12000));
  double best = 0;
  int best_lag = max_lag + 1;
  for (int lag = -max_lag; lag <= max_lag; ++lag) {
    float sum = 0;
    const int first = std::max(0, -lag);
    const int last = std::min(size, static_cast<int>(late.size()) - lag);
    for (int n = first; n < last; ++n) {
      const int m = n + lag;
      sum += reference[static_cast<size_t>(n)] * late[static_cast<size_t>(m)];
    }
    if (sum > best) {
      best = sum;
      best_lag = lag;
    }
  }
  return best_lag;
}

/// Energy of `reference` over that of the difference, over the length of the shorter.
inline double SnrDb(const std::vector<float>& reference, const std::vector<float>& other) {
  double signal = 1e-20;
  double noise = 1e-20;
  for (size_t n = 0; n < std::min(reference.size(), other.size()); ++n) {
    const double difference = static_cast<double>(reference[n]) - static_cast<double>(other[n]);
    signal += static_cast<double>(reference[n]) * static_cast<double>(reference[n]);
    noise += difference * difference;
  }
  return 10 * std::log10(signal / noise);
}

inline std::string ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void WriteBytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A number as MP4 files have it.
inline std::string BigEndian32(size_t value) {
  std::string text(4, '\0');
  for (size_t i = 0; i < 4; ++i) text[i] = static_cast<char>(value >> (24 - 8 * i));
  return text;
}

/// Replaces `count` bytes at `at` of an MP4 file by `insert`; the boxes around it, named from the
/// outermost, grow.
inline void ReplaceInBoxes(std::string& bytes, size_t at, size_t count, const std::string& insert,
                           std::initializer_list<std::string> boxes) {
  for (const std::string& box : boxes) {
    const size_t box_at = bytes.rfind(box, at);
    ASSERT_NE(box_at, std::string::npos) << box;
    size_t size = 0;
    for (size_t i = 0; i < 4; ++i) {
      size = size << 8 | static_cast<unsigned char>(bytes[box_at - 4 + i]);
    }
    bytes.replace(box_at - 4, 4, BigEndian32(size + insert.size() - count));
  }
  bytes.replace(at, count, insert);
}

/// The sentence with which opening or decoding `path` fails; "" if it does not.
inline std::string RefusalOf(const std::filesystem::path& path) {
  try {
    ReadAll(path, 44100, 2);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidAudioFile) << error.what();
    return error.what();
  }
}

}  // namespace stemscribe::audio::testing
