#include "pipeline/midi_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace stemscribe::pipeline {
namespace {

constexpr int64_t kTicksPerBeat = 480;
constexpr double kBeatSecWithoutBeats = 0.5;
constexpr double kLongestBeatSec = 8;  // a longer gap has several; MIDI's longest lasts 16 s
constexpr double kLowestLevelDb = -60;

/// A place that is known in seconds and in ticks.
struct Anchor {
  double sec = 0;
  int64_t tick = 0;
  bool begins_bar = false;
};

/// The beats as a grid that begins at 0 s and 0 ticks.
std::vector<Anchor> Grid(const rhythm::Rhythm& rhythm) {
  const std::vector<double>& beats = rhythm.beats_sec;
  std::vector<Anchor> grid = {{0, 0, false}};
  if (beats.size() < 2) {
    grid.push_back({kBeatSecWithoutBeats, kTicksPerBeat, false});
    return grid;
  }
  const auto is_downbeat = [&](double beat) {
    return std::ranges::binary_search(rhythm.downbeats_sec, beat);
  };
  // Beats before the first one that was heard go on like that. Less than half of one is counted to
  // the first beat, which is there from the start.
  const double lead_beats = std::round(beats[0] / (beats[1] - beats[0]));
  if (lead_beats < 1) {
    grid[0].begins_bar = is_downbeat(beats[0]);
  } else {
    grid.push_back(
        {beats[0], static_cast<int64_t>(lead_beats) * kTicksPerBeat, is_downbeat(beats[0])});
  }
  for (size_t i = 1; i < beats.size(); ++i) {
    const double gap_sec = beats[i] - grid.back().sec;
    const double num_beats = gap_sec > kLongestBeatSec ? std::ceil(gap_sec / kLongestBeatSec) : 1;
    grid.push_back({beats[i], grid.back().tick + static_cast<int64_t>(num_beats) * kTicksPerBeat,
                    is_downbeat(beats[i])});
  }
  return grid;
}

/// After the last beat the tempo goes on.
int64_t TickAt(const std::vector<Anchor>& grid, double sec) {
  const auto after =
      std::ranges::upper_bound(grid.begin() + 1, grid.end() - 1, sec, {}, &Anchor::sec);
  const Anchor& from = *(after - 1);
  const double share = (sec - from.sec) / (after->sec - from.sec);
  return from.tick + std::llround(share * static_cast<double>(after->tick - from.tick));
}

std::string BigEndian(uint64_t value, int num_bytes) {
  std::string bytes;
  for (int shift = 8 * (num_bytes - 1); shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 0xFF);
  }
  return bytes;
}

std::string VariableLength(uint64_t value) {
  std::string bytes(1, static_cast<char>(value & 0x7F));
  while (value >>= 7) bytes.insert(0, 1, static_cast<char>(0x80 | (value & 0x7F)));
  return bytes;
}

/// Events of a track in any order.
class Track {
 public:
  /// Of events at one tick those of a lower `rank` come first.
  void Add(int64_t tick, int rank, std::string event) {
    events_.emplace_back(tick, rank, std::move(event));
  }
  void AddMeta(int64_t tick, int type, const std::string& data) {
    Add(tick, 0,
        std::string("\xFF") + static_cast<char>(type) + VariableLength(data.size()) +
            std::string(data));
  }

  std::string Chunk() && {
    std::ranges::stable_sort(events_, {}, [](const Event& event) {
      return std::pair(std::get<0>(event), std::get<1>(event));
    });
    std::string body;
    int64_t now = 0;
    for (const auto& [tick, rank, event] : events_) {
      body += VariableLength(static_cast<uint64_t>(tick - now)) + event;
      now = tick;
    }
    body += std::string("\x00\xFF\x2F\x00", 4);
    return "MTrk" + BigEndian(body.size(), 4) + body;
  }

 private:
  using Event = std::tuple<int64_t, int, std::string>;
  std::vector<Event> events_;
};

constexpr int kTrackName = 0x03;
constexpr int kMarker = 0x06;
constexpr int kTempo = 0x51;
constexpr int kTimeSignature = 0x58;
constexpr int kKeySignature = 0x59;

void AddTempos(const std::vector<Anchor>& grid, Track& track) {
  uint64_t before = 0;
  for (size_t i = 0; i + 1 < grid.size(); ++i) {
    const auto beats = static_cast<double>(grid[i + 1].tick - grid[i].tick) / kTicksPerBeat;
    const double beat_sec = (grid[i + 1].sec - grid[i].sec) / beats;
    const auto beat_usec =
        static_cast<uint64_t>(std::llround(std::clamp(beat_sec * 1e6, 1.0, double{0xFFFFFF})));
    if (beat_usec != before) track.AddMeta(grid[i].tick, kTempo, BigEndian(beat_usec, 3));
    before = beat_usec;
  }
}

/// The meter where it changes; what comes before the first bar is a bar of its own.
void AddMeters(const std::vector<Anchor>& grid, int beats_per_bar, Track& track) {
  int64_t before = 0;
  int64_t bar_tick = 0;
  const auto add = [&](int64_t num_beats) {
    if (num_beats != before && num_beats > 0 && num_beats < 128) {
      track.AddMeta(bar_tick, kTimeSignature, {static_cast<char>(num_beats), 2, 24, 8});
      before = num_beats;
    }
  };
  for (const Anchor& anchor : grid) {
    if (!anchor.begins_bar || anchor.tick == 0) continue;
    add((anchor.tick - bar_tick) / kTicksPerBeat);
    bar_tick = anchor.tick;
  }
  add(beats_per_bar > 0 ? beats_per_bar : 4);
}

/// "Eb minor" as the number of sharps (negative: flats) and 1 for minor.
void AddKey(std::string_view key, Track& track) {
  if (key.empty()) return;
  const bool is_minor = key.ends_with("minor");
  int fifths = static_cast<int>(std::string_view("FCGDAEB").find(key[0])) - 1 - (is_minor ? 3 : 0);
  if (key.size() > 1 && key[1] == 'b') fifths -= 7;
  if (key.size() > 1 && key[1] == '#') fifths += 7;
  if (std::abs(fifths) > 7) return;  // no such signature
  track.AddMeta(0, kKeySignature, {static_cast<char>(fifths), static_cast<char>(is_minor)});
}

void AddNotes(const std::vector<vocals::Note>& notes, const std::vector<Anchor>& grid,
              Track& track) {
  constexpr int kVoiceOohs = 53;
  constexpr int kOff = 0;  // before what begins at the same tick
  constexpr int kOn = 1;
  track.Add(0, 0, {'\xC0', kVoiceOohs});
  for (const vocals::Note& note : notes) {
    const int64_t on = TickAt(grid, note.start_sec);
    const int64_t off = std::max(on + 1, TickAt(grid, note.end_sec));
    const double loudness = std::clamp(1 - note.level_db / kLowestLevelDb, 0.0, 1.0);
    const auto velocity = static_cast<char>(std::lround(20 + 107 * loudness));
    const auto pitch = static_cast<char>(note.midi);
    track.Add(on, kOn, {'\x90', pitch, velocity});
    track.Add(off, kOff, {'\x80', pitch, 0});
  }
}

}  // namespace

std::string MidiFile(const Result& result) {
  const std::vector<Anchor> grid = Grid(result.rhythm);
  Track song;
  AddTempos(grid, song);
  AddMeters(grid, result.rhythm.beats_per_bar, song);
  if (result.chords) {
    AddKey(result.chords->key, song);
    for (const chords::Chord& chord : result.chords->chords) {
      if (!chord.root.empty()) song.AddMeta(TickAt(grid, chord.start_sec), kMarker, chord.label);
    }
  }
  Track vocals;
  vocals.AddMeta(0, kTrackName, "Vocals");
  AddNotes(result.notes, grid, vocals);
  return "MThd" + BigEndian(6, 4) + BigEndian(1, 2) + BigEndian(2, 2) +
         BigEndian(kTicksPerBeat, 2) + std::move(song).Chunk() + std::move(vocals).Chunk();
}

}  // namespace stemscribe::pipeline
