// Changes the sample rate of a stream without shifting it in time.
#pragma once

#include <cstdint>
#include <memory>

#include "audio/audio_buffer.h"

namespace stemscribe::audio {

/// Sample 0 of the output is at the time of sample 0 of the input, and N samples in give exactly
/// round(N · out_rate / in_rate) samples out (half rounds up). Band-limited: libsoxr at its "high
/// quality" (20 bit, linear phase) through libswresample. Not thread-safe; memory is constant.
class Resampler {
 public:
  /// Throws Error{kInvalidArgument} for rates or channel counts that are not positive.
  Resampler(int in_rate_hz, int out_rate_hz, int num_channels);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  /// Takes the next samples, returns what is ready (may be empty). Throws Error{kInvalidArgument}
  /// if `in` has another rate or channel count than the constructor said; an `in` without channels
  /// counts as no samples.
  AudioBuffer Push(const AudioBuffer& in);

  /// Returns the rest and ends the stream: the next Push starts a new one.
  AudioBuffer Flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::audio
