// Chord labels in Harte's syntax (Harte et al., ISMIR 2005): their parts as the nets know them, and
// the names of their notes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stemscribe::chords {

/// A chord without its root, in the classes of the nets' heads.
struct ChordShape {
  int triad = 0;       // 1 maj, 2 min, 3 sus4, 4 sus2, 5 dim, 6 aug
  int bass = 0;        // semitones above the root, 0 … 11
  int seventh = 0;     // 0 none, 1 major, 2 minor, 3 diminished
  int ninth = 0;       // 0 none, 1 major, 2 augmented, 3 minor
  int eleventh = 0;    // 0 none, 1 perfect, 2 augmented
  int thirteenth = 0;  // 0 none, 1 major, 2 minor

  bool operator==(const ChordShape&) const = default;
};

/// Reads what follows "C:" in a label, e.g. "min7/b3" or "sus4(b7,9)". nullopt for shapes the nets
/// have no class for (power chords, altered fifths, …). Throws Error{kInvalidArgument} for what is
/// no label.
std::optional<ChordShape> ParseShape(std::string_view text);

/// The twelve roots as labels name them: C, C#, D, Eb, E, F, F#, G, Ab, A, Bb, B.
std::string_view RootName(int pitch_class);

/// The note `degree` ("b3", "5", "#4") above `root`, spelled by the letters of the scale: b3 of Ab
/// is Cb, 3 of C# is E#. A note that would need a double accidental gets its everyday name.
std::string NoteAbove(std::string_view root, std::string_view degree);

/// "D:min7/b3" in its pieces. All but `label` are empty for N.
struct LabelParts {
  std::string root;     // "D"
  std::string quality;  // "min7"
  std::string bass;     // "F"
};
LabelParts SplitLabel(std::string_view label);

}  // namespace stemscribe::chords
