#include "pipeline/artefacts.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <memory>

#include "base/error.h"
#include "base/json_text.h"
#include "pipeline/midi_file.h"

namespace stemscribe::pipeline {
namespace {

namespace json = boost::json;

/// A file that is either written as a whole or an error.
class WholeFile {
 public:
  explicit WholeFile(const std::filesystem::path& path)
      : path_(path), file_(path, std::ios::binary) {
    Check();
  }
  void Write(std::string_view text) { file_ << text; }
  void Close() {
    file_.close();
    Check();
  }

 private:
  void Check() const {
    if (file_) return;
    throw FileError(errno, "cannot write " + path_.filename().string());
  }

  std::filesystem::path path_;
  std::ofstream file_;
};

/// Rounded, so that the JSON shows 120.19 and not 120.18999999999998.
double Round(double value, int digits) {
  const double scale = std::pow(10, digits);
  return std::round(value * scale) / scale + 0.0;  // no -0
}

std::string Quote(const std::string& text) { return ToJsonText(json::value(text)); }

}  // namespace

double HzToMidi(double hz) { return 69 + 12 * std::log2(hz / 440); }

void WriteFrames(const std::filesystem::path& path, const vocals::VocalTrack& track,
                 double duration_sec) {
  WholeFile file(path);
  file.Write(fmt::format(
      R"({{"version":1,"hop_sec":{},"num_frames":{},"duration":{},"engine":{{"pitch":{},"voicing":{}}},"frames":[)",
      vocals::kHopSec, track.frames.size(), Round(duration_sec, 6), Quote(track.pitch_engine),
      Quote(track.voicing_engine)));
  std::string text;
  for (size_t n = 0; n < track.frames.size(); ++n) {
    const vocals::Frame& frame = track.frames[n];
    text = n == 0 ? "\n" : ",\n";
    auto out = std::back_inserter(text);
    fmt::format_to(out, R"({{"t":{:.2f},"voiced":{},)", static_cast<double>(n) * vocals::kHopSec,
                   frame.voiced);
    if (frame.voiced) {
      fmt::format_to(out, R"("f0_hz":{:.2f},"midi":{:.2f},)", frame.f0_hz, HzToMidi(frame.f0_hz));
    } else {
      text += R"("f0_hz":null,"midi":null,)";
    }
    fmt::format_to(out, R"("confidence":{:.2f},"level_db":{:.1f}}})", frame.confidence,
                   frame.level_db);
    file.Write(text);
  }
  file.Write("\n]}\n");
  file.Close();
}

void WriteNotes(const std::filesystem::path& path, const Result& result) {
  json::array list;
  for (const vocals::Note& note : result.notes) {
    list.push_back({{"start", Round(note.start_sec, 2)},
                    {"end", Round(note.end_sec, 2)},
                    {"midi", note.midi},
                    {"cents", Round(note.cents, 0)},
                    {"confidence", Round(note.confidence, 3)},
                    {"level_db", Round(note.level_db, 1)}});
  }
  WriteJson(path, {{"version", 1}, {"num_notes", list.size()}, {"notes", std::move(list)}});
}

void WriteMidi(const std::filesystem::path& path, const Result& result) {
  WholeFile file(path);
  file.Write(MidiFile(result));
  file.Close();
}

void WriteChords(const std::filesystem::path& path, const chords::ChordResult& result) {
  json::array list;
  for (const chords::Chord& chord : result.chords) {
    const auto name = [](const std::string& text) -> json::value {
      return text.empty() ? json::value(nullptr) : json::value(text);
    };
    list.push_back({{"start", Round(chord.start_sec, 3)},
                    {"end", Round(chord.end_sec, 3)},
                    {"label", chord.label},
                    {"root", name(chord.root)},
                    {"quality", name(chord.quality)},
                    {"bass", name(chord.bass)},
                    {"confidence", Round(chord.confidence, 3)}});
  }
  WriteJson(path, {{"version", 1},
                   {"num_chords", list.size()},
                   {"engine", result.engine},
                   {"tuning_cents", Round(result.tuning_cents, 1)},
                   {"chords", std::move(list)}});
}

void WriteJson(const std::filesystem::path& path, const json::object& object) {
  WholeFile file(path);
  file.Write(ToJsonText(object) + "\n");
  file.Close();
}

json::object ResultToJson(const Result& result) {
  json::object object;
  object["duration"] = Round(result.duration_sec, 6);
  object["tempo_bpm"] = Round(result.rhythm.tempo_bpm, 2);
  object["num_frames"] = result.vocals ? result.vocals->frames.size() : 0;
  object["num_notes"] = result.notes.size();
  object["num_chords"] = result.chords ? result.chords->chords.size() : 0;
  object["tuning_cents"] =
      result.chords ? json::value(Round(result.chords->tuning_cents, 1)) : nullptr;
  const bool has_key = result.chords && !result.chords->key.empty();
  object["key"] = has_key ? json::value(result.chords->key) : nullptr;
  const auto times = [](const std::vector<double>& times_sec) {
    json::array list;
    for (const double time_sec : times_sec) list.push_back(Round(time_sec, 3));
    return list;
  };
  object["beats"] = times(result.rhythm.beats_sec);
  object["downbeats"] = times(result.rhythm.downbeats_sec);
  object["beats_per_bar"] = result.rhythm.beats_per_bar;
  object["beat_confidence"] = Round(result.rhythm.confidence, 3);
  json::object stems;
  json::object engines;
  for (const auto& [name, stem] : result.stems) {
    stems[name] = {{"file", stem.file.generic_string()},
                   {"engine", stem.engine},
                   {"peak_dbfs", Round(stem.peak_dbfs, 2)},
                   {"loudness_lufs",
                    stem.loudness_lufs ? json::value(Round(*stem.loudness_lufs, 2)) : nullptr},
                   {"clipped_samples", stem.clipped_samples}};
  }
  if (result.vocals) {
    engines["pitch"] = result.vocals->pitch_engine;
    engines["voicing"] = result.vocals->voicing_engine;
  }
  if (result.chords) engines["chords"] = result.chords->engine;
  engines["rhythm"] = result.rhythm.engine;
  object["stems"] = std::move(stems);
  object["engines"] = std::move(engines);
  json::object seconds;
  for (const auto& [step, sec] : result.seconds) seconds[step] = Round(sec, 3);
  object["timings_sec"] = std::move(seconds);
  object["warnings"] = json::value_from(result.warnings);
  return object;
}

}  // namespace stemscribe::pipeline
