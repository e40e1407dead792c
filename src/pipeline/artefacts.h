// The JSON files of a song's folder; docs/architecture.md shows their fields.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>

#include "pipeline/options.h"

namespace stemscribe::pipeline {

/// Writes frames.json. Throws Error{kIo} or Error{kStorageLimitExceeded}.
void WriteFrames(const std::filesystem::path& file, const vocals::VocalTrack& track,
                 double duration_sec);

/// Writes notes.json: the notes of `result`. Throws as above.
void WriteNotes(const std::filesystem::path& file, const Result& result);

/// Writes the notes as a MIDI file (midi_file.h). Throws as above.
void WriteMidi(const std::filesystem::path& file, const Result& result);

/// Writes chords.json. Throws as above.
void WriteChords(const std::filesystem::path& file, const chords::ChordResult& result);

/// Writes any JSON object. Throws as above.
void WriteJson(const std::filesystem::path& file, const boost::json::object& object);

/// What result.json says of the song itself: {duration, tempo_bpm, num_frames, num_chords, beats,
/// stems, engines, …}.
boost::json::object ResultToJson(const Result& result);

/// MIDI note number of a frequency, 69 = A4 = 440 Hz, with fractions.
double HzToMidi(double hz);

}  // namespace stemscribe::pipeline
