// Tempo and beats of a song.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/rhythm/log_mel.h"

namespace stemscribe::nn {
class Manifest;
class Engine;
}  // namespace stemscribe::nn

namespace stemscribe::rhythm {

struct Rhythm {
  double tempo_bpm = 0;  // 0 where no beat was found (silence, a clip too short)
  std::vector<double> beats_sec;
  std::vector<float> downbeat_activations;  // of each beat: 0 … 1, how much like a bar's first
  double confidence = 0;                    // 0 … 1, of the beats
  std::string engine;                       // that heard it, for result.json
  // By CountBars (bars.h):
  std::vector<double> downbeats_sec;  // those of beats_sec that begin a bar; empty if none is heard
  int beats_per_bar = 0;              // of most bars; 0 without downbeats
};

/// Streams: push the mix, then finish. Not thread-safe.
class BeatTracker {
 public:
  virtual ~BeatTracker() = default;
  virtual void Push(std::span<const float> samples) = 0;  // 22.05 kHz mono
  virtual Rhythm Finish() = 0;                            // ready for a new song after
};

/// Loads the net "rhythm" of `manifest` by `engine`. Throws as they do.
std::unique_ptr<BeatTracker> MakeBeatTracker(const nn::Manifest& manifest, nn::Engine& engine);

}  // namespace stemscribe::rhythm
