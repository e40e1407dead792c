#include "stages/chords/chord_dictionary.h"

#include <algorithm>
#include <fstream>

#include "base/error.h"

namespace stemscribe::chords {
namespace {

ChordState OnRoot(const ChordShape& shape, const std::string& quality, int root) {
  const auto at = [](Head head, int index) { return static_cast<int>(kHeadStart[head]) + index; };
  return {std::string(RootName(root)) + ":" + quality,
          {at(kTriad, 1 + (shape.triad - 1) * 12 + root), at(kBass, 1 + (root + shape.bass) % 12),
           at(kSeventh, shape.seventh), at(kNinth, shape.ninth), at(kEleventh, shape.eleventh),
           at(kThirteenth, shape.thirteenth)}};
}

}  // namespace

std::vector<ChordState> LoadDictionary(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) {
    throw Error(ErrorCode::kIo, "no chord list " + path.string() + "; `make models` makes it");
  }
  std::vector<ChordState> states = {{"N",
                                     {static_cast<int>(kHeadStart[kTriad]),
                                      static_cast<int>(kHeadStart[kBass]), -1, -1, -1, -1}}};
  std::vector<ChordShape> known;
  for (std::string line; std::getline(file, line);) {
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.pop_back();
    if (!line.starts_with("C:")) continue;  // N and X
    const std::string quality = line.substr(2);
    const auto parsed = ParseShape(quality);
    if (!parsed) continue;
    const ChordShape& shape = *parsed;
    if (std::ranges::find(known, shape) != known.end()) continue;
    known.push_back(shape);
    for (int root = 0; root < 12; ++root) states.push_back(OnRoot(shape, quality, root));
  }
  return states;
}

}  // namespace stemscribe::chords
