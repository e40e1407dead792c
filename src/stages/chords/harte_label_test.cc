#include "stages/chords/harte_label.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace stemscribe::chords {
namespace {

TEST(HarteLabelTest, ShapesOfPlainChords) {
  EXPECT_EQ(ParseShape("maj"), (ChordShape{.triad = 1}));
  EXPECT_EQ(ParseShape("min7"), (ChordShape{.triad = 2, .seventh = 2}));
  EXPECT_EQ(ParseShape("hdim7"), (ChordShape{.triad = 5, .seventh = 2}));
  EXPECT_EQ(ParseShape("maj9"), (ChordShape{.triad = 1, .seventh = 1, .ninth = 1}));
  EXPECT_EQ(ParseShape("13"),
            (ChordShape{.triad = 1, .seventh = 2, .ninth = 1, .eleventh = 1, .thirteenth = 1}));
}

TEST(HarteLabelTest, BassAndAddedAndOmittedNotes) {
  EXPECT_EQ(ParseShape("maj/3"), (ChordShape{.triad = 1, .bass = 4}));
  EXPECT_EQ(ParseShape("min/b7"), (ChordShape{.triad = 2, .bass = 10}));
  EXPECT_EQ(ParseShape("maj/#4"), (ChordShape{.triad = 1, .bass = 6}));
  EXPECT_EQ(ParseShape("sus4(b7,9)"), (ChordShape{.triad = 3, .seventh = 2, .ninth = 1}));
  EXPECT_EQ(ParseShape("7(#9)"), (ChordShape{.triad = 1, .seventh = 2, .ninth = 2}));
  EXPECT_EQ(ParseShape("min7(*b7)"), (ChordShape{.triad = 2}));
  EXPECT_EQ(ParseShape("maj(2)/2"), (ChordShape{.triad = 1, .bass = 2, .ninth = 1}));
}

TEST(HarteLabelTest, WhatTheNetsHaveNoClassFor) {
  for (const char* shape :
       {"5", "1", "(1,5)", "maj(*3)", "maj(*3,*5)", "min(*b3)", "7(b5)", "min(bb6)"}) {
    EXPECT_EQ(ParseShape(shape), std::nullopt) << shape;
  }
}

TEST(HarteLabelTest, WhatIsNoLabel) {
  for (const char* shape : {"major", "maj(", "maj(x)", "maj/", "maj/h"}) {
    EXPECT_THROW(ParseShape(shape), Error) << shape;
  }
}

TEST(HarteLabelTest, BassIsSpelledByTheScaleOfTheRoot) {
  EXPECT_EQ(NoteAbove("C", "3"), "E");
  EXPECT_EQ(NoteAbove("C", "b3"), "Eb");
  EXPECT_EQ(NoteAbove("C", "#4"), "F#");
  EXPECT_EQ(NoteAbove("A", "3"), "C#");
  EXPECT_EQ(NoteAbove("Eb", "3"), "G");
  EXPECT_EQ(NoteAbove("Bb", "b7"), "Ab");
  EXPECT_EQ(NoteAbove("F#", "3"), "A#");
  EXPECT_EQ(NoteAbove("C#", "3"), "E#");
  EXPECT_EQ(NoteAbove("Ab", "b3"), "Cb");
  EXPECT_EQ(NoteAbove("B", "5"), "F#");
  EXPECT_EQ(NoteAbove("D", "9"), "E");
  EXPECT_EQ(NoteAbove("C", "bb7"), "A");  // not Bbb
  EXPECT_THROW(NoteAbove("H", "3"), Error);
}

TEST(HarteLabelTest, SplitsLabels) {
  const LabelParts slash = SplitLabel("D:min7/b3");
  EXPECT_EQ(slash.root, "D");
  EXPECT_EQ(slash.quality, "min7");
  EXPECT_EQ(slash.bass, "F");
  const LabelParts plain = SplitLabel("Bb:sus4(b7)");
  EXPECT_EQ(plain.root, "Bb");
  EXPECT_EQ(plain.quality, "sus4(b7)");
  EXPECT_EQ(plain.bass, "Bb");
  EXPECT_EQ(SplitLabel("N").root, "");
  EXPECT_EQ(SplitLabel("N").bass, "");
}

}  // namespace
}  // namespace stemscribe::chords
