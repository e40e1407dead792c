// One vocal track from what both nets and the level meter say.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "stages/vocals/fcpe.h"
#include "stages/vocals/swift_f0.h"
#include "stages/vocals/vocal_transcriber.h"

namespace stemscribe::vocals {

/// Pitch: the likeliest path (Viterbi) through the readings of each frame: FCPE's best peak, its
/// others an octave away, and SwiftF0's answer. A jump costs more the wider it is, so that octave
/// errors of a few frames give way to the line around them. Voicing: a logistic score of both
/// confidences and of the level, against the song's own vocal level (what leaks through the
/// separation is weaker) and against the recent past (a reverberation decays), smoothed by a
/// two-state path; a passage whose voice lies far below the mix (`over_mix_db`) is less likely.
/// All are at 100 frames a second but `swift`, at 62.5; frames missing at their ends are
/// unvoiced. Returns `num_frames` frames.
std::vector<Frame> FuseTracks(std::span<const FcpeFrame> fcpe, std::span<const SwiftFrame> swift,
                              std::span<const float> levels_db, std::span<const float> over_mix_db,
                              size_t num_frames);

}  // namespace stemscribe::vocals
