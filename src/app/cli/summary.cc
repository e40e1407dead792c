#include "app/cli/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "app/cli/progress_printer.h"
#include "pipeline/artefacts.h"

namespace stemscribe::app {
namespace {

constexpr size_t kMaxChordsShown = 24;

void PrintStems(std::FILE* stream, const pipeline::Result& result) {
  for (const char* name : separation::kStemNames) {
    const auto found = result.stems.find(name);
    if (found == result.stems.end()) continue;
    const pipeline::StemResult& stem = found->second;
    const std::string loudness =
        stem.loudness_lufs ? fmt::format("{:6.1f} LUFS", *stem.loudness_lufs) : "silent";
    fmt::print(stream, "  {:<13} {}, peak {:.1f} dBFS  ({})\n", name, loudness, stem.peak_dbfs,
               stem.engine);
  }
}

/// The range leaves out the lowest and highest 2 % of the frames, which are mostly slides and
/// slips.
void PrintRange(std::FILE* stream, const vocals::VocalTrack& track) {
  std::vector<double> notes;
  for (const vocals::Frame& frame : track.frames) {
    if (frame.voiced) notes.push_back(pipeline::HzToMidi(frame.f0_hz));
  }
  if (notes.empty()) {
    fmt::print(stream, "  {:<13} nobody sings\n", "singer");
    return;
  }
  std::sort(notes.begin(), notes.end());
  const double low = notes[notes.size() / 50];
  const double high = notes[notes.size() - 1 - notes.size() / 50];
  fmt::print(stream, "  {:<13} {} to {}, sings {:.0f} % of the time\n", "singer", NoteName(low),
             NoteName(high),
             100.0 * static_cast<double>(notes.size()) / static_cast<double>(track.frames.size()));
}

void PrintChords(std::FILE* stream, const chords::ChordResult& result) {
  std::string line;
  size_t shown = 0;
  for (const chords::Chord& chord : result.chords) {
    if (chord.label == "N") continue;
    if (++shown > kMaxChordsShown) break;
    line += (line.empty() ? "" : " ") + chord.label;
  }
  if (shown > kMaxChordsShown) line += " …";
  if (line.empty()) line = "none";
  fmt::print(stream, "  {:<13} {}\n", "chords", line);
  if (!result.key.empty()) fmt::print(stream, "  {:<13} {}\n", "key", result.key);
  fmt::print(stream, "  {:<13} {:+d} cents\n", "tuning", std::lround(result.tuning_cents));
}

}  // namespace

std::string NoteName(double midi) {
  constexpr std::array kNames = {"C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"};
  const int note = static_cast<int>(std::lround(midi));
  return fmt::format("{}{}", kNames[static_cast<size_t>(((note % 12) + 12) % 12)],
                     static_cast<int>(std::floor(note / 12.0)) - 1);
}

void PrintSummary(std::FILE* stream, const std::string& song, const std::filesystem::path& folder,
                  const pipeline::Result& result) {
  fmt::print(stream, "{} ({})\n", song, FormatDuration(result.duration_sec));
  PrintStems(stream, result);
  if (result.vocals) PrintRange(stream, *result.vocals);
  if (result.chords) PrintChords(stream, *result.chords);
  if (result.rhythm.tempo_bpm > 0) {
    fmt::print(stream, "  {:<13} {:.1f} BPM, {} beats", "tempo", result.rhythm.tempo_bpm,
               result.rhythm.beats_sec.size());
    if (result.rhythm.beats_per_bar > 0) {
      fmt::print(stream, ", {} to the bar", result.rhythm.beats_per_bar);
    }
    fmt::print(stream, "\n");
  }
  const double total_sec = result.seconds.at("total");
  fmt::print(stream, "  {:<13} {:.1f} s, {:.1f} times real time\n", "took", total_sec,
             result.duration_sec / total_sec);
  for (const std::string& warning : result.warnings) {
    fmt::print(stream, "  {:<13} {}\n", "warning", warning);
  }
  fmt::print(stream, "  {:<13} {}\n", "files", folder.string());
}

}  // namespace stemscribe::app
