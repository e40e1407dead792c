// Opens one local audio file with FFmpeg, and nothing else: no network, no playlists, no files that
// it refers to.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "audio/ffmpeg.h"

namespace stemscribe::audio {

/// An opened file and the decoder of its best audio stream.
struct Input {
  std::unique_ptr<std::stop_token> stop;  // at a fixed address: FFmpeg asks it while it reads
  ffmpeg::InputPtr format;
  AVStream* stream = nullptr;  // owned by `format`; all other streams are discarded
  ffmpeg::CodecPtr codec;  // leaves the removal of delay and padding to the caller (SKIP_MANUAL)
};

/// Opens `path`. A stop interrupts all reading of the Input too. Throws Error{kInvalidAudioFile}
/// with one sentence for users, Error{kCancelled}.
Input OpenInput(const std::filesystem::path& path, const std::stop_token& stop);

/// The same without the decoder, for files whose audio cannot be decoded: `codec` stays empty.
Input OpenContainer(const std::filesystem::path& path, const std::stop_token& stop);

/// Adds the decoder to what OpenContainer made. Throws as OpenInput.
void OpenCodec(Input& input);

}  // namespace stemscribe::audio
