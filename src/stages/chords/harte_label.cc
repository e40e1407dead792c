#include "stages/chords/harte_label.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/error.h"

namespace stemscribe::chords {
namespace {

constexpr int kPower = 7;     // root and fifth: the nets know no such triad
constexpr int kSingle = 8;    // the root alone: nor this
constexpr int kUnknown = -2;  // cannot be said in classes

// Triad, seventh, ninth, eleventh, thirteenth.
using Parts = std::array<int, 5>;

constexpr std::array<std::pair<std::string_view, Parts>, 25> kTypes = {{
    {"maj", {1, 0, 0, 0, 0}},    {"min", {2, 0, 0, 0, 0}},     {"sus4", {3, 0, 0, 0, 0}},
    {"sus2", {4, 0, 0, 0, 0}},   {"dim", {5, 0, 0, 0, 0}},     {"aug", {6, 0, 0, 0, 0}},
    {"5", {kPower, 0, 0, 0, 0}}, {"1", {kSingle, 0, 0, 0, 0}}, {"", {kSingle, 0, 0, 0, 0}},
    {"maj6", {1, 0, 0, 0, 1}},   {"min6", {2, 0, 0, 0, 1}},    {"7", {1, 2, 0, 0, 0}},
    {"maj7", {1, 1, 0, 0, 0}},   {"min7", {2, 2, 0, 0, 0}},    {"minmaj7", {2, 1, 0, 0, 0}},
    {"dim7", {5, 3, 0, 0, 0}},   {"hdim7", {5, 2, 0, 0, 0}},   {"9", {1, 2, 1, 0, 0}},
    {"maj9", {1, 1, 1, 0, 0}},   {"min9", {2, 2, 1, 0, 0}},    {"11", {1, 2, 1, 1, 0}},
    {"min11", {2, 2, 1, 1, 0}},  {"13", {1, 2, 1, 1, 1}},      {"maj13", {1, 1, 1, 1, 1}},
    {"min13", {2, 2, 1, 1, 1}},
}};

struct Addition {
  std::string_view degree;
  size_t part;
  int value;
};
constexpr std::array<Addition, 22> kAdditions = {{
    {"7", 1, 1},         {"b7", 1, 2},       {"bb7", 1, 3},       {"2", 2, 1},
    {"9", 2, 1},         {"#9", 2, 2},       {"b9", 2, 3},        {"4", 3, 1},
    {"11", 3, 1},        {"#11", 3, 2},      {"6", 4, 1},         {"13", 4, 1},
    {"b6", 4, 2},        {"b13", 4, 2},      {"bb6", 4, 3},       {"#4", 0, kUnknown},
    {"b5", 0, kUnknown}, {"5", 0, kUnknown}, {"#5", 0, kUnknown}, {"b3", 0, kUnknown},
    {"b2", 0, kUnknown}, {"3", 0, kUnknown},
}};

// The largest class of each head.
constexpr Parts kLimits = {6, 3, 3, 2, 2};

constexpr std::array<std::string_view, 12> kRoots = {"C",  "C#", "D",  "Eb", "E",  "F",
                                                     "F#", "G",  "Ab", "A",  "Bb", "B"};
constexpr std::array<int, 7> kMajorScale = {0, 2, 4, 5, 7, 9, 11};
constexpr std::string_view kLetters = "CDEFGAB";

[[noreturn]] void ThrowNoLabel(std::string_view text) {
  throw Error(ErrorCode::kInvalidArgument, "no chord label: " + std::string(text));
}

int Accidentals(std::string_view text) {
  return static_cast<int>(std::ranges::count(text, '#') - std::ranges::count(text, 'b'));
}

int Modulo12(int value) { return (value % 12 + 12) % 12; }

// The dictionaries' author reads the last digit only, so that the degree 11 counts as 1.
int DegreeSemitones(std::string_view degree) {
  if (degree.empty() || degree.back() < '1' || degree.back() > '9') ThrowNoLabel(degree);
  const auto steps = static_cast<size_t>(degree.back() - '1');
  return Modulo12(kMajorScale[steps % 7] + Accidentals(degree));
}

Parts TypeParts(std::string_view name) {
  const auto* const found =
      std::ranges::find(kTypes, name, [](const auto& type) { return type.first; });
  if (found == kTypes.end()) ThrowNoLabel(name);
  return found->second;
}

// "*3" takes the third away: what is left of a triad may be another.
void Omit(std::string_view degree, Parts& parts) {
  int& triad = parts[0];
  int& seventh = parts[1];
  if ((degree == "3" && triad == 1) || (degree == "b3" && triad == 2)) {
    triad = kPower;
  } else if (degree == "5" && triad == kPower) {
    triad = kSingle;
  } else if ((degree == "b7" && seventh == 2) || (degree == "7" && seventh == 1)) {
    seventh = 0;
  } else if (degree == "b7" || degree == "7") {
    seventh = kUnknown;
  } else {
    triad = kUnknown;
  }
}

void Add(std::string_view degree, Parts& parts) {
  if (degree == "1") return;
  if (degree == "5" && parts[0] == kSingle) {
    parts[0] = kPower;
    return;
  }
  const auto* const found = std::ranges::find(kAdditions, degree, &Addition::degree);
  if (found == kAdditions.end()) ThrowNoLabel(degree);
  parts[found->part] = found->value;
}

std::vector<std::string_view> SplitAtCommas(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (size_t start = 0; start <= text.size();) {
    const size_t comma = std::min(text.find(',', start), text.size());
    pieces.push_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  return pieces;
}

// The part before the bass: "min7", "7(#9)", "maj(*3)".
Parts QualityParts(std::string_view text) {
  const size_t bracket = text.find('(');
  if (bracket == std::string_view::npos) return TypeParts(text);
  if (text.back() != ')') ThrowNoLabel(text);
  Parts parts = TypeParts(text.substr(0, bracket));
  const auto changes = SplitAtCommas(text.substr(bracket + 1, text.size() - bracket - 2));
  for (const std::string_view change : changes) {
    if (change.starts_with('*')) Omit(change.substr(1), parts);
  }
  for (const std::string_view change : changes) {
    if (!change.starts_with('*')) Add(change, parts);
  }
  return parts;
}

}  // namespace

std::optional<ChordShape> ParseShape(std::string_view text) {
  const size_t slash = text.find('/');
  const Parts parts = QualityParts(text.substr(0, slash));
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] < 0 || parts[i] > kLimits[i]) return std::nullopt;
  }
  const int bass = slash == std::string_view::npos ? 0 : DegreeSemitones(text.substr(slash + 1));
  return ChordShape{parts[0], bass, parts[1], parts[2], parts[3], parts[4]};
}

std::string_view RootName(int pitch_class) {
  return kRoots[static_cast<size_t>(Modulo12(pitch_class))];
}

std::string NoteAbove(std::string_view root, std::string_view degree) {
  const size_t letter = root.empty() ? std::string_view::npos : kLetters.find(root[0]);
  if (letter == std::string_view::npos) ThrowNoLabel(root);
  const int pitch = kMajorScale[letter] + Accidentals(root.substr(1)) + DegreeSemitones(degree);
  const size_t steps = static_cast<size_t>(degree.back() - '1');
  const size_t note = (letter + steps) % 7;
  const int accidental = Modulo12(pitch - kMajorScale[note] + 6) - 6;
  switch (accidental) {
    case -1:
      return std::string(1, kLetters[note]) + "b";
    case 0:
      return std::string(1, kLetters[note]);
    case 1:
      return std::string(1, kLetters[note]) + "#";
    default:
      return std::string(RootName(pitch));
  }
}

LabelParts SplitLabel(std::string_view label) {
  const size_t colon = label.find(':');
  if (colon == std::string_view::npos) return {};
  const size_t slash = std::min(label.find('/'), label.size());
  LabelParts parts{std::string(label.substr(0, colon)),
                   std::string(label.substr(colon + 1, slash - colon - 1)),
                   {}};
  parts.bass = slash == label.size() ? parts.root : NoteAbove(parts.root, label.substr(slash + 1));
  return parts;
}

}  // namespace stemscribe::chords
