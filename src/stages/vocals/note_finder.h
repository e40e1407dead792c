// The notes that a singer sings, out of the curve of the pitch.
#pragma once

#include <span>
#include <vector>

#include "stages/vocals/vocal_transcriber.h"

namespace stemscribe::vocals {

struct Note {
  double start_sec = 0;
  double end_sec = 0;
  int midi = 0;           // 69 = A4, counted in the song's tuning
  float cents = 0;        // the median pitch against that note at A4 = 440 Hz
  float confidence = 0;   // 0 … 1: the mean of the frames
  float level_db = -120;  // the loudest frame, dB full scale
};

/// Notes in order of time, none overlapping another, each of 70 ms at least.
///
/// A hidden Markov model: a state for each semitone and one for silence, decoded by Viterbi's
/// algorithm phrase by phrase. A vibrato stays within a note, as a change costs more than it gains;
/// the same note sung again is told by the gap between or the dip of the level. Notes start a
/// little before the frames that tell of them, which are late. `tuning_cents`: of the song against
/// A4 = 440 Hz.
std::vector<Note> FindNotes(std::span<const Frame> frames, double tuning_cents);

}  // namespace stemscribe::vocals
