#include "db/search_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stemscribe::db {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SearchTextTest, CaseAndAccentsDoNotMatter) {
  EXPECT_EQ(SearchText("Beyoncé – HALO.mp3"), "beyonce – halo.mp3");
  EXPECT_EQ(SearchText("STRASSE"), SearchText("Straße"));
  EXPECT_EQ(SearchText("ΣΊΣΥΦΟΣ"), SearchText("Σίσυφος"));
  EXPECT_EQ(SearchText("Ёлка"), "елка");
}

TEST(SearchTextTest, ComposedAndDecomposedLettersAreTheSame) {
  EXPECT_EQ(SearchText("Beyonc\u00e9"), SearchText("Beyonce\u0301"));
  EXPECT_EQ(SearchText("ｆｕｌｌ"), "full");
  EXPECT_EQ(SearchText("夜に駆ける"), SearchText("夜に駆ける"));
}

TEST(SearchTextTest, TakesBytesThatAreNoText) {
  EXPECT_EQ(SearchText("A\xff\xc3Z"), "a\uFFFD\uFFFDz");
  EXPECT_EQ(SearchText(std::string_view("a\0\x1b"
                                        "b\tc",
                                        6)),
            "ab c");
  EXPECT_EQ(SearchText(""), "");
}

TEST(SearchTextTest, PatternsAreWordsWithNothingSpecialInThem) {
  EXPECT_THAT(SearchPatterns("  Hey\tJude "), ElementsAre("%hey%", "%jude%"));
  EXPECT_THAT(SearchPatterns("100% a_b!"), ElementsAre("%100!%%", "%a!_b!!%"));
  EXPECT_THAT(SearchPatterns(" \t"), IsEmpty());
  EXPECT_THAT(SearchPatterns("a b c d e f g h i j k l m"), testing::SizeIs(10));
}

}  // namespace
}  // namespace stemscribe::db
