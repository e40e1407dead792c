// Reads any supported audio file as float blocks of one rate and one channel count.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "audio/audio_buffer.h"
#include "audio/stream_info.h"

namespace stemscribe::audio {

struct DecoderOptions {
  int rate_hz = 44100;
  int num_channels = 2;          // 1 or 2
  size_t block_samples = 32768;  // per channel
  std::stop_token stop = {};     // interrupts opening and reading
};

/// Streams one local file. Its memory does not depend on the length of the song. Not thread-safe;
/// several decoders may read one file, and all of them give the same samples.
///
/// Sample 0 is the first sample of the music: encoder delay and padding that the file declares
/// (LAME/Xing header, MP4 edit list, iTunSMPB, Opus pre-skip, WebM codec delay) are removed. A
/// decoded length of N samples at the file's rate gives round(N · rate_hz / file's rate) samples.
/// Mono to stereo copies; more channels go to stereo, and stereo to mono, with the standard weights
/// (centre and surrounds −3 dB, no LFE), scaled so that no sum exceeds full scale. Integers map to
/// ±1; floats beyond ±1 pass unchanged.
class Decoder {
 public:
  /// Opens `path`, a regular file. Throws Error{kInvalidAudioFile} with one sentence for users if
  /// it is nothing that can be decoded, Error{kCancelled} on a stop, Error{kInvalidArgument} for
  /// bad options.
  Decoder(const std::filesystem::path& path, const DecoderOptions& options);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// Replaces `block` by the next options.block_samples samples (fewer at the end). Returns false,
  /// with `block` empty, after the last. Damaged parts become silence of the same length and a
  /// warning. Throws Error{kInvalidAudioFile} if the file ends without a single sample,
  /// Error{kCancelled} on a stop.
  bool Read(AudioBuffer& block);

  /// What the file says of itself.
  const StreamInfo& info() const;

  /// What was wrong with the file, one short sentence each; complete once Read returned false.
  const std::vector<std::string>& warnings() const;

  /// The length by the headers or by size and bit rate; nullopt if there is no telling.
  std::optional<double> duration_estimate_sec() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::audio
