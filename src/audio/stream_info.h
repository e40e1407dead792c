// What the headers of an audio file say about it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace stemscribe::audio {

struct StreamInfo {
  std::string container;       // FFmpeg's short name: "mp3", "wav", "mov", "matroska", …
  std::string codec;           // "mp3", "pcm_s16le", "aac", …
  int rate_hz = 0;             // of the file, before any resampling
  int num_channels = 0;        // of the file, before any mixing
  std::string channel_layout;  // "mono", "stereo", "5.1", …
  std::string sample_format;   // as the decoder gives it: "s16", "s32", "flt", …
  int bits_per_sample = 0;     // of lossless audio; 0 for lossy codecs
  int64_t bit_rate = 0;        // bits a second of the audio stream; 0 if unknown
  std::optional<double> duration_sec;
  bool duration_is_exact = false;  // by a header, to within 50 ms; else from file size and bit rate
  bool has_video = false;  // a moving picture, which is ignored; cover pictures do not count
  std::map<std::string, std::string> tags;  // lower-case keys; valid UTF-8, no control characters
};

}  // namespace stemscribe::audio
