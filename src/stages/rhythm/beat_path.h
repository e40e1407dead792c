// Where the beats are, from how likely one is at each frame.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace stemscribe::rhythm {

/// The frames of the beats, ascending: the best path through a hidden Markov model whose states are
/// a tempo (55 to 215 beats a minute) and the place between two beats, and in which the tempo
/// changes at beats only (Krebs, Böck and Widmer 2015). The path goes through the whole song, its
/// silences too. `activation`: 0 … 1 for each frame, kFramesPerSec of them.
std::vector<size_t> BeatPath(std::span<const float> activation);

}  // namespace stemscribe::rhythm
