#include "stages/vocals/note_finder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace stemscribe::vocals {
namespace {

/// Frames as a singer would leave them, one thing after another.
class Song {
 public:
  Song& Sing(double midi, int num_frames, double vibrato_semitones = 0) {
    for (int n = 0; n < num_frames; ++n) {
      const double wave = std::sin(2 * std::numbers::pi * 5.5 * n * kHopSec);
      const double pitch = midi + vibrato_semitones * wave;
      Add({true, static_cast<float>(440 * std::exp2((pitch - 69) / 12)), 0.95F, -20});
    }
    return *this;
  }
  Song& Slide(double from, double to, int num_frames) {
    for (int n = 0; n < num_frames; ++n) Sing(from + (to - from) * n / num_frames, 1);
    return *this;
  }
  Song& Rest(int num_frames, float level_db = -60) {
    for (int n = 0; n < num_frames; ++n) Add({false, 0, 0.1F, level_db});
    return *this;
  }
  Song& Dip(int num_frames) {
    for (int n = 0; n < num_frames; ++n)
      frames_[frames_.size() - 1 - static_cast<size_t>(n)].level_db -= 15;
    return *this;
  }

  std::vector<Note> Notes(double tuning_cents = 0) const {
    return FindNotes(frames_, tuning_cents);
  }
  std::vector<int> Pitches(double tuning_cents = 0) const {
    std::vector<int> pitches;
    for (const Note& note : Notes(tuning_cents)) pitches.push_back(note.midi);
    return pitches;
  }

 private:
  void Add(const Frame& frame) { frames_.push_back(frame); }
  std::vector<Frame> frames_;
};

TEST(NoteFinderTest, SilenceHasNoNotes) {
  EXPECT_TRUE(Song().Notes().empty());
  EXPECT_TRUE(Song().Rest(500).Notes().empty());
}

TEST(NoteFinderTest, ANoteHasItsTimesPitchAndLevel) {
  const std::vector<Note> notes = Song().Rest(100).Sing(60.2, 50).Rest(100).Notes();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NEAR(notes[0].start_sec, 0.97, 0.011);  // a voice is heard late
  EXPECT_NEAR(notes[0].end_sec, 1.5, 0.011);
  EXPECT_EQ(notes[0].midi, 60);
  EXPECT_NEAR(notes[0].cents, 20, 1);
  EXPECT_NEAR(notes[0].confidence, 0.95, 0.01);
  EXPECT_FLOAT_EQ(notes[0].level_db, -20);
}

TEST(NoteFinderTest, StepsAreNotesAndVibratoIsNone) {
  EXPECT_EQ(Song().Sing(60, 40).Sing(62, 30).Sing(61, 30).Sing(48, 40).Pitches(),
            (std::vector<int>{60, 62, 61, 48}));
  EXPECT_EQ(Song().Sing(64, 200, 0.9).Pitches(), std::vector<int>{64});
}

TEST(NoteFinderTest, ASlideBelongsToItsNotes) {
  EXPECT_EQ(Song().Sing(60, 40).Slide(60, 67, 14).Sing(67, 40).Pitches(),
            (std::vector<int>{60, 67}));
}

TEST(NoteFinderTest, AGapOrADipIsTheSameNoteAgain) {
  EXPECT_EQ(Song().Sing(60, 40).Rest(10).Sing(60, 40).Pitches(), (std::vector<int>{60, 60}));
  EXPECT_EQ(Song().Sing(60, 40).Sing(60, 4).Dip(4).Sing(60, 40).Pitches(),
            (std::vector<int>{60, 60}));
  EXPECT_EQ(Song().Sing(60, 40).Rest(2, -20).Sing(60, 40).Pitches(), std::vector<int>{60});
}

TEST(NoteFinderTest, NotesThatTouchStillDo) {
  const std::vector<Note> notes = Song().Rest(100).Sing(60, 40).Sing(64, 40).Notes();
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_NEAR(notes[1].start_sec, 1.38, 0.011);
  EXPECT_EQ(notes[0].end_sec, notes[1].start_sec);
  EXPECT_NEAR(notes[1].end_sec, 1.8, 0.011);
}

TEST(NoteFinderTest, NothingStartsBeforeTheSong) {
  EXPECT_EQ(Song().Sing(60, 40).Notes().at(0).start_sec, 0);
}

TEST(NoteFinderTest, CountsInTheSongsTuning) {
  const Song song = Song().Sing(60.4, 50).Sing(62.45, 50);
  EXPECT_EQ(song.Pitches(40), (std::vector<int>{60, 62}));
  EXPECT_NEAR(song.Notes(40)[1].cents, 45, 1);
  EXPECT_EQ(Song().Sing(59.55, 50).Pitches(-40), std::vector<int>{60});
}

TEST(NoteFinderTest, NotesAreInOrderAndLongEnough) {
  Song song;
  for (int i = 0; i < 400; ++i) {
    song.Sing(50 + (i * 37) % 20 + 0.01 * (i % 50), 1 + (i * 7) % 12).Rest((i * 5) % 4);
  }
  double end_sec = 0;
  for (const Note& note : song.Notes()) {
    EXPECT_GE(note.start_sec, end_sec - 1e-9);
    EXPECT_GE(note.end_sec, note.start_sec + 0.07 - 1e-9);
    end_sec = note.end_sec;
  }
  EXPECT_GT(end_sec, 0);
}

TEST(NoteFinderTest, PitchesOutOfReachAreNoFault) {
  EXPECT_LE(Song().Sing(20, 50).Sing(110, 50).Notes().size(), 2U);
}

}  // namespace
}  // namespace stemscribe::vocals
