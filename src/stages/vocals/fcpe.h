// Pitch by FCPE: log-mel frames through the net in overlapping chunks, its salience read as a few
// candidates.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "nn/model.h"
#include "stages/vocals/fcpe_mel.h"

namespace stemscribe::vocals {

/// One reading of a frame's salience; hz = 0 where there is none.
struct PitchCandidate {
  float hz = 0;
  float salience = 0;  // 0 … 1
};

/// The strongest peaks of one frame, best first. The first is torchfcpe's answer.
using FcpeFrame = std::array<PitchCandidate, 3>;

struct FcpeTrack {
  std::vector<FcpeFrame> frames;
  std::vector<float> levels_db;  // of the mel frames (mel_level_meter.h), as many
};

/// Decodes `salience` (360 bins): each peak becomes the mean pitch of the nine bins around it,
/// weighted by their salience, as torchfcpe's "local_argmax".
FcpeFrame DecodeSalience(std::span<const float> salience);

/// Streams. Frame n belongs to second n / 100. Not thread-safe.
///
/// The net is convolutional and sees 95 frames to either side, but it also normalises over all
/// frames of a call. So chunks overlap by more than 95 frames and are long enough for their
/// statistics to be those of a song; clips up to one chunk are run whole, exactly as the package
/// does.
class FcpeTracker {
 public:
  explicit FcpeTracker(std::unique_ptr<nn::Model> model) : model_(std::move(model)) {}

  void Push(std::span<const float> samples);

  /// All frames, floor(samples / 160) + 1 of them. Ready for a new stream after.
  FcpeTrack Finish();

  std::string engine() const { return model_->engine(); }

 private:
  void RunFullChunks();
  void RunChunk(size_t first_frame, size_t num_frames, size_t end_frame);
  size_t NumMelFrames() const { return first_mel_frame_ + mel_.size() / kMelBands; }

  std::unique_ptr<nn::Model> model_;
  FcpeMel mel_extractor_;
  std::vector<float> mel_;  // frames from first_mel_frame_ on
  size_t first_mel_frame_ = 0;
  std::vector<FcpeFrame> frames_;
  std::vector<float> levels_db_;  // of all mel frames up to now
};

}  // namespace stemscribe::vocals
