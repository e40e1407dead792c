#include "pipeline/midi_file.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <vector>

namespace stemscribe::pipeline {
namespace {

/// A reader of its own, as simple as can be.
struct Event {
  int64_t tick = 0;
  std::string bytes;  // status, data; of a meta event FF, type, data
};

class Reader {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}

  std::vector<std::vector<Event>> Tracks() {
    EXPECT_EQ(Take(4), "MThd");
    EXPECT_EQ(Number(4), 6U);
    EXPECT_EQ(Number(2), 1U);
    std::vector<std::vector<Event>> tracks(Number(2));
    EXPECT_EQ(Number(2), 480U);
    for (auto& track : tracks) {
      EXPECT_EQ(Take(4), "MTrk");
      const size_t length = Number(4);
      const size_t end = at_ + length;
      int64_t tick = 0;
      while (at_ < end) track.push_back(Next(tick));
      EXPECT_EQ(at_, end);
      EXPECT_EQ(track.back().bytes, "\xFF\x2F");
    }
    EXPECT_EQ(at_, bytes_.size());
    return tracks;
  }

 private:
  Event Next(int64_t& tick) {
    tick += static_cast<int64_t>(Variable());
    std::string event = Take(1);
    if (event == "\xFF") {
      event += Take(1);
      return {tick, event + Take(Variable())};
    }
    return {tick, event + Take(event == "\xC0" ? 1 : 2)};
  }
  std::string Take(size_t count) {
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  uint64_t Number(size_t count) {
    uint64_t value = 0;
    for (const char byte : Take(count)) value = value << 8 | static_cast<uint8_t>(byte);
    return value;
  }
  uint64_t Variable() {
    uint64_t value = 0;
    for (;;) {
      const auto byte = static_cast<uint8_t>(Take(1)[0]);
      value = value << 7 | (byte & 0x7F);
      if (byte < 0x80) return value;
    }
  }

  const std::string bytes_;
  size_t at_ = 0;
};

/// Data of the meta events of a type by tick.
std::map<int64_t, std::string> Metas(const std::vector<Event>& track, char type) {
  std::map<int64_t, std::string> found;
  for (const Event& event : track) {
    if (event.bytes[0] == '\xFF' && event.bytes[1] == type)
      found[event.tick] = event.bytes.substr(2);
  }
  return found;
}

Result SongWithBeats(double first_sec, double beat_sec, int num_beats, size_t first_downbeat) {
  Result song;
  for (int i = 0; i < num_beats; ++i) {
    const double beat = first_sec + i * beat_sec;
    song.rhythm.beats_sec.push_back(beat);
    if (static_cast<size_t>(i) % 3 == first_downbeat) song.rhythm.downbeats_sec.push_back(beat);
  }
  song.rhythm.beats_per_bar = 3;
  return song;
}

constexpr char kTempo = 0x51;
constexpr char kMeter = 0x58;
constexpr char kKey = 0x59;

TEST(MidiFileTest, WithoutBeatsTheTempoIs120) {
  Result song;
  song.notes = {{.start_sec = 0.5, .end_sec = 1, .midi = 60, .level_db = -120},
                {.start_sec = 1, .end_sec = 1, .midi = 60, .level_db = 0}};
  const auto tracks = Reader(MidiFile(song)).Tracks();
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(Metas(tracks[0], kTempo), (std::map<int64_t, std::string>{{0, "\x07\xA1\x20"}}));
  std::vector<std::pair<int64_t, std::string>> notes;
  for (const Event& event : tracks[1]) {
    if (event.bytes[0] == '\x90' || event.bytes[0] == '\x80')
      notes.emplace_back(event.tick, event.bytes);
  }
  const std::vector<std::pair<int64_t, std::string>> expected = {{480, {'\x90', 60, 20}},
                                                                 {960, {'\x80', 60, 0}},
                                                                 {960, {'\x90', 60, 127}},
                                                                 {961, {'\x80', 60, 0}}};
  EXPECT_EQ(notes, expected);
}

TEST(MidiFileTest, TheFirstBeatMayBeTheFirstOfABar) {
  const auto tracks = Reader(MidiFile(SongWithBeats(0, 0.4, 30, 0))).Tracks();
  EXPECT_EQ(Metas(tracks[0], kMeter), (std::map<int64_t, std::string>{{0, {3, 2, 24, 8}}}));
  EXPECT_EQ(Metas(tracks[0], kTempo).size(), 1U);
}

TEST(MidiFileTest, WhatComesBeforeTheFirstBarIsABarOfItsOwn) {
  // Two beats before the first that was heard, and one that was, before the first bar.
  const auto tracks = Reader(MidiFile(SongWithBeats(0.8, 0.4, 30, 2))).Tracks();
  EXPECT_EQ(Metas(tracks[0], kMeter),
            (std::map<int64_t, std::string>{{0, {4, 2, 24, 8}}, {4 * 480, {3, 2, 24, 8}}}));
}

TEST(MidiFileTest, TheTempoFollowsEachBeat) {
  Result song;
  song.rhythm.beats_sec = {0.5, 1.0, 1.4, 2.0, 40.0};
  song.notes = {{.start_sec = 1.2, .end_sec = 1.7, .midi = 72, .level_db = -20}};
  const auto tracks = Reader(MidiFile(song)).Tracks();
  const auto tempos = Metas(tracks[0], kTempo);
  EXPECT_EQ(tempos.at(2 * 480), "\x06\x1A\x80");  // 400 ms
  EXPECT_EQ(tempos.at(3 * 480), "\x09\x27\xC0");  // 600 ms
  EXPECT_TRUE(tempos.contains(4 * 480));          // 38 s are five beats of 7.6 s
  EXPECT_EQ(tracks[1][2].tick, 2 * 480 + 240);
  EXPECT_EQ(tracks[1][3].tick, 3 * 480 + 240);
}

TEST(MidiFileTest, KeysHaveTheirSignatures) {
  const auto key = [](const std::string& name) {
    Result song;
    song.chords.emplace().key = name;
    const auto keys = Metas(Reader(MidiFile(song)).Tracks()[0], kKey);
    return keys.empty() ? std::string("none") : keys.at(0);
  };
  EXPECT_EQ(key("C major"), std::string({0, 0}));
  EXPECT_EQ(key("A minor"), std::string({0, 1}));
  EXPECT_EQ(key("Eb minor"), std::string({-6, 1}));
  EXPECT_EQ(key("F# major"), std::string({6, 0}));
  EXPECT_EQ(key("Bb major"), std::string({-2, 0}));
  EXPECT_EQ(key("Db minor"), "none");
  EXPECT_EQ(key(""), "none");
}

TEST(MidiFileTest, ChordsAreMarkers) {
  Result song;
  song.chords.emplace().chords = {{0, 1, "N", "", "", "", 1},
                                  {1, 2, "Bb:maj7", "Bb", "maj7", "Bb", 1}};
  const auto markers = Metas(Reader(MidiFile(song)).Tracks()[0], 0x06);
  EXPECT_EQ(markers, (std::map<int64_t, std::string>{{960, "Bb:maj7"}}));
}

}  // namespace
}  // namespace stemscribe::pipeline
