// Which samples of a decoded stream are not music: the delay of the encoder before it, the padding
// after it.
#pragma once

#include <cstdint>
#include <optional>

#include "audio/open_input.h"

namespace stemscribe::audio {

/// Ask once for every frame, in order. Not thread-safe.
class Trimmer {
 public:
  explicit Trimmer(const Input& input);

  struct Cut {
    int64_t head = 0;  // samples to drop at the start of the frame
    int64_t tail =
        0;  // samples at its end that are padding if no other frame follows, and music if one does
  };

  Cut CutOf(const AVFrame& frame);

 private:
  int64_t SkipOf(const AVFrame& frame, uint32_t declared);

  const AVCodecID codec_id_;
  const bool is_high_efficiency_;  // AAC whose output has twice the rate of its core
  const bool is_written_by_ffmpeg_;
  std::optional<int64_t> declared_samples_;  // of music, by the container
  bool is_first_ = true;
  int64_t to_skip_ = 0;
  int64_t kept_samples_ = 0;
};

}  // namespace stemscribe::audio
