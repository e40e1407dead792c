// Writes audio files: MP3, FLAC and WAV.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "audio/audio_buffer.h"

namespace stemscribe::audio {

enum class Format {
  kMp3,   // libmp3lame at a constant bit rate, with a LAME header: players play exactly the samples
          // written
  kFlac,  // 24 bit, each sample rounded to nearest; what exceeds full scale is clamped and counted
  kWav,   // 32-bit float, bit for bit what was written; RF64 above 4 GB
};

/// "mp3", "flac", "wav": the name on the command line, and the file name's extension.
std::string_view FormatExtension(Format format);

/// Throws Error{kInvalidArgument} with the choices for any other name.
Format ParseFormat(std::string_view name);

struct EncoderOptions {
  Format format = Format::kMp3;
  int rate_hz = 44100;
  int num_channels = 2;                          // 1 or 2
  int bitrate_kbps = 192;                        // MP3 only
  std::map<std::string, std::string> tags = {};  // "title", "artist", …, in UTF-8
};

/// Owns the file until Close. Not thread-safe, but may move between threads. Memory is constant.
class Encoder {
 public:
  /// Creates or replaces `path`. Throws Error{kInvalidArgument} for options the format cannot do,
  /// Error{kIo}.
  Encoder(const std::filesystem::path& path, const EncoderOptions& options);

  /// Removes the file if Close was not called or failed.
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;

  /// Appends a block of the rate and channel count of the options; any length. Throws
  /// Error{kInvalidArgument} if it differs, Error{kStorageLimitExceeded} if the disk is full,
  /// Error{kIo}.
  void Write(const AudioBuffer& block);

  /// Encodes what is left, completes the headers and closes the file. Throws as Write.
  void Close();

  /// Samples, over all channels, that were beyond what the format can hold and were clamped (FLAC;
  /// MP3 and WAV hold any).
  int64_t clipped_samples() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::audio
