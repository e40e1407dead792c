// The chords that the decoder may answer with.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "stages/chords/harte_label.h"

namespace stemscribe::chords {

/// Where the heads stand in one frame of the nets' output, each a distribution of its own:
/// triad (N, then type × 12 + root), bass (N, then C … B), and the four tensions.
enum Head : size_t { kTriad, kBass, kSeventh, kNinth, kEleventh, kThirteenth, kNumHeads };
inline constexpr std::array<size_t, kNumHeads> kHeadStart = {0, 73, 86, 90, 94, 97};
inline constexpr size_t kNumProbabilities = 100;

struct ChordState {
  std::string label;
  std::array<int, kNumHeads>
      probabilities;  // index of each part in a frame, -1 where it does not matter
};

/// Reads a list of chords on C, one label a line, and makes each on all twelve roots; state 0 is N.
/// Chords the nets cannot tell, or tell apart from one before, are left out. Throws Error{kIo} if
/// there is no such file, Error{kInvalidArgument} for lines that are no labels.
std::vector<ChordState> LoadDictionary(const std::filesystem::path& path);

}  // namespace stemscribe::chords
