// What to make of a song, and what was made of it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audio/encoder.h"
#include "stages/chords/chord_recognizer.h"
#include "stages/rhythm/beat_tracker.h"
#include "stages/separation/separator.h"
#include "stages/vocals/note_finder.h"
#include "stages/vocals/vocal_transcriber.h"

namespace stemscribe::pipeline {

enum class Stage { kSeparation, kTranscription, kChords };
inline constexpr std::array kAllStages = {Stage::kSeparation, Stage::kTranscription,
                                          Stage::kChords};

/// "separation", "transcription", "chords".
std::string_view StageName(Stage stage);

/// The stage of that name; throws Error{kInvalidArgument} with the choices otherwise.
Stage ParseStage(std::string_view name);

struct Options {
  std::vector<Stage> stages{kAllStages.begin(), kAllStages.end()};  // which results to deliver
  audio::Format stem_format = audio::Format::kMp3;
  int bitrate_kbps = 192;
  chords::Vocabulary vocabulary = chords::Vocabulary::kSubmission;
  separation::SplitterKind splitter = separation::SplitterKind::kBlend;

  bool Wants(Stage stage) const;
};

struct Progress {
  Stage stage = Stage::kSeparation;
  double percent = 0;                  // 0 … 100, never falls
  std::optional<double> seconds_left;  // once there is something to judge by
};
using ProgressSink =
    std::function<void(const Progress&)>;  // called from any thread, one call at a time

struct StemResult {
  std::filesystem::path file;  // relative to the song's folder
  std::string engine;
  double peak_dbfs = 0;                 // sample peak before encoding
  std::optional<double> loudness_lufs;  // integrated; none if silent or too short
  int64_t clipped_samples = 0;
};

struct Result {
  double duration_sec = 0;
  std::map<std::string, StemResult> stems;  // by name; empty without the stage
  std::optional<vocals::VocalTrack> vocals;
  std::vector<vocals::Note> notes;  // of the vocals
  std::optional<chords::ChordResult> chords;
  rhythm::Rhythm rhythm;
  std::vector<std::string> warnings;
  std::map<std::string, double> seconds;  // wall time by step
};

}  // namespace stemscribe::pipeline
