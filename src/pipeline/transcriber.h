// One song through all stages, with every core busy, in blocks, so that memory hardly grows with
// the song. One after another, for the memory of their networks:
//
//   decode 22.05 kHz mono ─> beats, spool ─> chords
//   decode 44.1 kHz ─> separate ─┬─> encode and measure each stem, at the same time
//                                └─> 16 kHz mono, spool
//   spool ─> pitch and voicing
#pragma once

#include <filesystem>
#include <stop_token>

#include "pipeline/options.h"
#include "pipeline/progress_meter.h"

namespace stemscribe::nn {
class Manifest;
class Engine;
}  // namespace stemscribe::nn

namespace stemscribe::pipeline {

/// The networks of a stage are there while it works. One song at a time; not thread-safe.
class Transcriber {
 public:
  /// `manifest` and `engine` must outlive it.
  Transcriber(const nn::Manifest& manifest, nn::Engine& engine, const Options& options);

  /// Transcribes `song` and writes stems/, frames.json and chords.json into `folder`, which exists
  /// and is empty. Throws Error{kInvalidAudioFile} if the song is none, {kCancelled} within a
  /// second of a stop, {kIo}, {kStorageLimitExceeded} or {kProcessingFailed}; what was written
  /// until then stays for the caller to remove.
  Result Transcribe(const std::filesystem::path& song, const std::filesystem::path& folder,
                    const ProgressSink& progress, const std::stop_token& stop);

 private:
  class Run;

  const nn::Manifest& manifest_;
  nn::Engine& engine_;
  const Options options_;
};

}  // namespace stemscribe::pipeline
