// A long song in stretches that the nets can take.
#pragma once

#include <cstddef>
#include <vector>

namespace stemscribe::chords {

/// Frames begin … end go into the nets; the answers for core_begin … core_end are kept.
struct Window {
  size_t begin = 0;
  size_t end = 0;
  size_t core_begin = 0;
  size_t core_end = 0;
};

/// Equal windows whose cores cover all frames once, in order. The nets normalise over all they are
/// given, and remember: so a window is long, and hears something of what lies around its core.
std::vector<Window> SplitIntoWindows(size_t num_frames);

}  // namespace stemscribe::chords
