// The seam between the separator and whatever splits the instrumental.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace stemscribe::separation {

/// Soft masks of a frame (kFrameValues each): the parts of drums and bass in the instrumental, each
/// 0 … 1 and together at most 1. What remains is "other".
struct SplitMask {
  std::span<const float> drums;
  std::span<const float> bass;
};

/// Takes the masks of frame after frame.
using SplitMaskSink = std::function<void(const SplitMask&)>;

/// Masks of consecutive frames.
struct SplitMasks {
  void Append(const SplitMask& frame) {
    drums.insert(drums.end(), frame.drums.begin(), frame.drums.end());
    bass.insert(bass.end(), frame.bass.begin(), frame.bass.end());
  }

  std::vector<float> drums;
  std::vector<float> bass;
};

/// Masks the instrumental's spectrogram as it streams by. Its memory does not grow with the song.
/// Not thread-safe.
class InstrumentalSplitter {
 public:
  virtual ~InstrumentalSplitter() = default;

  /// Takes the `magnitudes` of the next frames (kFrameValues each, kStft's scale) and gives the
  /// masks that became ready, in order, to `sink`.
  virtual void Push(std::span<const float> magnitudes, const SplitMaskSink& sink) = 0;

  /// Gives the rest, so that every frame got its masks. Ready for a new song after.
  virtual void Finish(const SplitMaskSink& sink) = 0;

  /// For result.json: name, version and, for a model, its engine.
  virtual std::string engine() const = 0;
};

}  // namespace stemscribe::separation
