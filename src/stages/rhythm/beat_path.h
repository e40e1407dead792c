// Beats on the onsets of a song, by dynamic programming.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace stemscribe::rhythm {

/// The frames of the beats: those that together collect most onset strength while their distance
/// stays near the local period (Ellis, "Beat tracking by dynamic programming", 2007). `envelope`
/// has mean 0 and deviation 1 or so; `periods` holds the beat period in frames at each frame of it.
std::vector<size_t> BeatPath(std::span<const float> envelope, std::span<const float> periods);

}  // namespace stemscribe::rhythm
