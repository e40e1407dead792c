// The tempo at every moment of a song, from its onset envelope.
#pragma once

#include <span>
#include <vector>

namespace stemscribe::rhythm {

/// The beat period in frames at every frame of `envelope`, at `frames_per_sec`.
///
/// Autocorrelation in overlapping windows, read with a comb of four periods and weighted with a
/// log-normal prior around 100 beats a minute; then the best path (Viterbi) over the song, which
/// may drift and, at a price, step. Empty if the envelope is too short or has no period.
std::vector<float> TempoPath(std::span<const float> envelope, double frames_per_sec);

}  // namespace stemscribe::rhythm
