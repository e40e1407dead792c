#include "stages/chords/chord_windows.h"

#include <algorithm>

namespace stemscribe::chords {
namespace {

constexpr size_t kCoreFrames = 3000;    // at most: 70 s
constexpr size_t kContextFrames = 108;  // 2.5 s

}  // namespace

std::vector<Window> SplitIntoWindows(size_t num_frames) {
  const size_t count = (num_frames + kCoreFrames - 1) / kCoreFrames;
  std::vector<Window> windows;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = num_frames * i / count;
    const size_t end = num_frames * (i + 1) / count;
    windows.push_back({begin - std::min(begin, kContextFrames),
                       std::min(end + kContextFrames, num_frames), begin, end});
  }
  return windows;
}

}  // namespace stemscribe::chords
