// One song through all stages, with every core busy: decode, separate, encode, listen for pitch,
// chords and beats at the same time, in blocks, so that memory hardly grows with the song.
//
//   decode 44.1 kHz ─> separate ─┬─> encode and measure each stem
//                                └─> 16 kHz mono ─> pitch and voicing
//   decode 22.05 kHz mono ─> beats, spool ─> chords
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "pipeline/options.h"
#include "pipeline/progress_meter.h"

namespace stemscribe::nn {
class Manifest;
class Engine;
}  // namespace stemscribe::nn

namespace stemscribe::pipeline {

/// Keeps its models loaded from song to song. One song at a time; not thread-safe.
class Transcriber {
 public:
  /// `manifest` and `engine` must outlive it. Models are loaded by the first song that needs them.
  Transcriber(const nn::Manifest& manifest, nn::Engine& engine, const Options& options);
  ~Transcriber();

  /// Transcribes `song` and writes stems/, frames.json and chords.json into `folder`, which exists
  /// and is empty. Throws Error{kInvalidAudioFile} if the song is none, {kCancelled} within a
  /// second of a stop, {kIo}, {kStorageLimitExceeded} or {kProcessingFailed}; what was written
  /// until then stays for the caller to remove.
  Result Transcribe(const std::filesystem::path& song, const std::filesystem::path& folder,
                    const ProgressSink& progress, const std::stop_token& stop);

 private:
  struct Stages;
  class Run;

  const nn::Manifest& manifest_;
  nn::Engine& engine_;
  const Options options_;
  std::unique_ptr<Stages> stages_;
};

}  // namespace stemscribe::pipeline
