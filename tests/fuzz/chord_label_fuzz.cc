// Chord labels in Harte's syntax.
#include "base/error.h"
#include "fuzz.h"
#include "stages/chords/harte_label.h"

using namespace stemscribe;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::Text(data, size);
  try {
    chords::ParseShape(text);
    chords::SplitLabel(std::string(text));
  } catch (const Error&) {
  }
  return 0;
}
