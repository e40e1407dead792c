#include "base/utf8.h"

#include <gtest/gtest.h>

namespace stemscribe {
namespace {

TEST(Utf8Test, WellFormedTextIsLeftAlone) {
  for (const char* text : {"", "plain", "grüß dich", "歌手", "\U0001F3B5"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
    EXPECT_EQ(ToUtf8(text), text);
  }
}

TEST(Utf8Test, EachStrayByteIsReplaced) {
  struct Case {
    const char* text;
    const char* valid;
  };
  for (const auto& [text, valid] :
       {Case{"caf\xe9.mp3", "caf\uFFFD.mp3"}, Case{"\xff\xfe", "\uFFFD\uFFFD"},
        Case{"\xc0\xaf", "\uFFFD\uFFFD"},                      // an overlong slash
        Case{"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},            // half of a pair of UTF-16
        Case{"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond U+10FFFF
        Case{"a\xe6\xad", "a\uFFFD\uFFFD"}}) {                 // cut off
    EXPECT_FALSE(IsUtf8(text)) << text;
    EXPECT_EQ(ToUtf8(text), valid);
  }
}

TEST(Utf8Test, ALineHasNothingThatATerminalObeys) {
  EXPECT_EQ(ToPlainLine("a\nb\x1b[2Jc\x7f\u009b31md", 100), "a b [2Jc  31md");
  EXPECT_EQ(ToPlainLine("üü", 3), "ü") << "no half character";
  EXPECT_EQ(ToPlainLine("abc", 2), "ab");
}

}  // namespace
}  // namespace stemscribe
