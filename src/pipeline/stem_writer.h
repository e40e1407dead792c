// Encodes and measures one stem on a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "audio/audio_buffer.h"
#include "audio/encoder.h"
#include "audio/meter.h"
#include "base/bounded_queue.h"
#include "pipeline/options.h"

namespace stemscribe::pipeline {

/// Push and Close from one thread, Work on another.
class StemWriter {
 public:
  /// Writes `folder`/`name`.<extension>.
  StemWriter(const std::filesystem::path& folder, const std::string& name, const Options& options);

  /// Hands over the next block; waits while the encoder is behind.
  void Push(audio::AudioBuffer block) { blocks_.Push(std::move(block)); }

  /// No more blocks.
  void Close() { blocks_.Close(); }

  /// Encodes until the end. Throws Error{kIo}, {kStorageLimitExceeded}, {kProcessingFailed}, or
  /// {kCancelled} on a stop.
  void Work(const std::stop_token& stop);

  int64_t samples_written() const { return samples_written_; }

  /// Valid after Work; the engine is for the caller to fill in.
  const StemResult& result() const { return result_; }

 private:
  BoundedQueue<audio::AudioBuffer> blocks_;
  audio::Encoder encoder_;
  audio::LoudnessMeter meter_;
  std::atomic<int64_t> samples_written_ = 0;
  StemResult result_;
};

}  // namespace stemscribe::pipeline
