// The singer's notes as a Standard MIDI File whose bars are those of the song.
#pragma once

#include <string>

#include "pipeline/options.h"

namespace stemscribe::pipeline {

/// The bytes of a file of type 1, 480 ticks a beat: a track with the tempo of every beat, the
/// meter, the key and the chords as markers, and one with the notes of `result.notes`. Played from
/// the start of the song, each note sounds when it is sung; beats fall on beats and bars on bars,
/// as far as they were heard. Without beats the tempo is 120.
///
/// Source: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (RP-001).
std::string MidiFile(const Result& result);

}  // namespace stemscribe::pipeline
