#include "stages/chords/chord_windows.h"

#include <gtest/gtest.h>

namespace stemscribe::chords {
namespace {

TEST(ChordWindowsTest, CoresCoverEveryFrameOnceAndHearTheirSurroundings) {
  for (const size_t num_frames :
       {size_t{1}, size_t{469}, size_t{3000}, size_t{3001}, size_t{10336}, size_t{155040}}) {
    size_t covered = 0;
    for (const Window& window : SplitIntoWindows(num_frames)) {
      EXPECT_EQ(window.core_begin, covered);
      EXPECT_LT(window.core_begin, window.core_end);
      covered = window.core_end;
      EXPECT_LE(window.core_end - window.core_begin, 3000U);
      EXPECT_EQ(window.begin, window.core_begin < 108 ? 0 : window.core_begin - 108);
      EXPECT_EQ(window.end, std::min(window.core_end + 108, num_frames));
    }
    EXPECT_EQ(covered, num_frames);
  }
}

TEST(ChordWindowsTest, ASongOfAMinuteIsOne) {
  ASSERT_EQ(SplitIntoWindows(2584).size(), 1U);
  EXPECT_TRUE(SplitIntoWindows(0).empty());
}

}  // namespace
}  // namespace stemscribe::chords
