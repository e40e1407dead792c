// rhythm_features < SAMPLES > FRAMES: what the rhythm net hears of songs, for its training: 22.05
// kHz mono in, 64 mel bands for each frame out, both as 32-bit floats. Songs follow each other,
// each after its number of samples as a 64-bit integer; so do the frames.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <vector>

#include "stages/rhythm/log_mel.h"

namespace {

template <typename T>
bool Read(std::vector<T>& values) {
  return std::fread(values.data(), sizeof(T), values.size(), stdin) == values.size();
}

template <typename T>
bool Write(const std::vector<T>& values) {
  return std::fwrite(values.data(), sizeof(T), values.size(), stdout) == values.size();
}

}  // namespace

int main() {
  stemscribe::rhythm::LogMel mel;
  for (std::vector<int64_t> count(1); Read(count);) {
    std::vector<float> samples(static_cast<size_t>(count[0]));
    if (!Read(samples)) {
      fmt::print(stderr, "rhythm_features: the input ends within a song\n");
      return 1;
    }
    std::vector<float> frames;
    mel.Push(samples, frames);
    mel.Finish(frames);
    if (!Write<int64_t>({static_cast<int64_t>(frames.size() / stemscribe::rhythm::kMelBands)}) ||
        !Write(frames) || std::fflush(stdout) != 0) {
      return 1;
    }
  }
}
