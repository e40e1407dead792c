// The singer's pitch, voicing and level at 100 frames a second, from the separated vocals.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/manifest.h"
#include "nn/model.h"

namespace stemscribe::vocals {

inline constexpr int kRateHz = 16000;
inline constexpr double kHopSec = 0.01;

struct Frame {
  bool voiced = false;
  float f0_hz = 0;        // 0 where unvoiced
  float confidence = 0;   // 0 … 1
  float level_db = -120;  // RMS of the frame, dB full scale, not below -120
};

struct VocalTrack {
  std::vector<Frame> frames;  // frame n is centred at n * kHopSec; N = floor(duration / kHopSec)
  std::string pitch_engine;   // e.g. "fcpe 0.0.4 (openvino-cpu-bf16)"
  std::string voicing_engine;
};

/// Streams: push the vocals, then finish. Memory is bounded but for the frames. Not thread-safe.
class VocalTranscriber {
 public:
  virtual ~VocalTranscriber() = default;

  /// The next samples of the vocals, of the voice as the separation leaves it for the pitch
  /// (separator.h), and of the mix; or the vocals for all three: as many of each, 16 kHz mono.
  virtual void Push(std::span<const float> vocals, std::span<const float> voice,
                    std::span<const float> mix) = 0;

  /// `duration_sec`: the song's exact length, which sets the number of frames. Ready for a new song
  /// after.
  virtual VocalTrack Finish(double duration_sec) = 0;
};

std::unique_ptr<VocalTranscriber> MakeVocalTranscriber(const nn::Manifest& manifest,
                                                       nn::Engine& engine);

}  // namespace stemscribe::vocals
