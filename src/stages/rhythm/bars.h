// Which beats begin a bar.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "stages/rhythm/beat_tracker.h"

namespace stemscribe::rhythm {

struct Bars {
  std::vector<size_t> downbeats;  // numbers of beats, ascending
  int beats_per_bar = 0;          // of most bars; 0 where no bars were heard
};

/// The best way to count beats in bars of two, three or four, given for each of them the logarithm
/// of the odds that it is the first of one: a path through the places in a bar, which at a price
/// skips or changes the bar's length.
Bars BarPath(std::span<const float> log_odds);

/// Sets the downbeats of `rhythm` by what the net heard, and by where chords change (in seconds;
/// none if that is not known): most often on the first beat of a bar.
void CountBars(std::span<const double> chord_changes_sec, Rhythm& rhythm);

}  // namespace stemscribe::rhythm
