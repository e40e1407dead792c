// The seam between the separator and whatever splits the instrumental.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace stemscribe::separation {

/// Soft masks of consecutive frames (kFrameValues each): the parts of drums and bass in the
/// instrumental, each 0 … 1 and together at most 1. What remains is "other".
struct SplitMasks {
  std::vector<float> drums;
  std::vector<float> bass;
};

/// Masks the instrumental's spectrogram as it streams by. Its memory does not grow with the song.
/// Not thread-safe.
class InstrumentalSplitter {
 public:
  virtual ~InstrumentalSplitter() = default;

  /// Takes the `magnitudes` of the next frames (kFrameValues each, kStft's scale) and appends the
  /// masks that became ready, in order, to `ready`.
  virtual void Push(std::span<const float> magnitudes, SplitMasks& ready) = 0;

  /// Appends the rest, so that there are masks for every frame. Ready for a new song after.
  virtual void Finish(SplitMasks& ready) = 0;

  /// For result.json: name, version and, for a model, its engine.
  virtual std::string engine() const = 0;
};

}  // namespace stemscribe::separation
