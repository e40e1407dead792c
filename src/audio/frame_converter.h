// Turns decoded frames of any sample format and channel layout into planar float, mono or stereo,
// at their own rate.
#pragma once

#include <cstdint>

#include "audio/audio_buffer.h"
#include "audio/ffmpeg.h"

namespace stemscribe::audio {

/// For frames of one kind; make another when Matches says no. Not thread-safe.
class FrameConverter {
 public:
  /// `out_channels`: 1 or 2. Mono is copied to both channels; other layouts are mixed with the
  /// standard weights (centre and surrounds −3 dB, no LFE; ITU-R BS.775), scaled so that the
  /// weights of an output channel sum to at most 1. Throws Error{kInvalidAudioFile} for a frame
  /// that makes no sense.
  FrameConverter(const AVFrame& frame, int out_channels);

  bool Matches(const AVFrame& frame) const;
  int rate_hz() const { return rate_hz_; }

  /// Samples that are no number, or beyond any scale, become 0 and are counted.
  AudioBuffer Convert(const AVFrame& frame);

  int64_t invalid_samples() const { return invalid_samples_; }

 private:
  void Clean(AudioBuffer& buffer);

  ffmpeg::SwrPtr swr_;
  int rate_hz_;
  int format_;
  AVChannelLayout layout_;  // of what comes in; native or default orders only, which own no memory
  size_t mixed_channels_;   // out of swr_
  size_t out_channels_;
  int64_t invalid_samples_ = 0;
};

}  // namespace stemscribe::audio
