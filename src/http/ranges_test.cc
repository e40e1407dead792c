#include "http/ranges.h"

#include <gtest/gtest.h>

namespace stemscribe::http {
namespace {

using Kind = RangeResult::Kind;

std::vector<ByteRange> Ranges(std::string_view header, uint64_t size_bytes) {
  const RangeResult result = ParseRange(header, size_bytes);
  EXPECT_EQ(result.kind, Kind::kSatisfiable) << header;
  return result.ranges;
}

TEST(RangesTest, ParsesSingleRanges) {
  EXPECT_EQ(Ranges("bytes=0-99", 1000), (std::vector<ByteRange>{{0, 99}}));
  EXPECT_EQ(Ranges("bytes=0-0", 1000), (std::vector<ByteRange>{{0, 0}}));
  EXPECT_EQ(Ranges("bytes=900-", 1000), (std::vector<ByteRange>{{900, 999}}));
  EXPECT_EQ(Ranges("bytes=900-5000", 1000), (std::vector<ByteRange>{{900, 999}}));
  EXPECT_EQ(Ranges("bytes=-1", 1000), (std::vector<ByteRange>{{999, 999}}));
  EXPECT_EQ(Ranges("bytes=-5000", 1000), (std::vector<ByteRange>{{0, 999}}));
  EXPECT_EQ(Ranges(" Bytes= 1 - 2 ", 1000), (std::vector<ByteRange>{{1, 2}}));
  EXPECT_EQ(Ranges("bytes=1-99999999999999999999999", 1000), (std::vector<ByteRange>{{1, 999}}));
}

TEST(RangesTest, KeepsOrderAndJoinsNeighbours) {
  EXPECT_EQ(Ranges("bytes=500-599,0-99", 1000), (std::vector<ByteRange>{{500, 599}, {0, 99}}));
  EXPECT_EQ(Ranges("bytes=0-99,100-199", 1000), (std::vector<ByteRange>{{0, 199}}));
  EXPECT_EQ(Ranges("bytes=0-50,200-300,40-220", 1000), (std::vector<ByteRange>{{0, 300}}));
  EXPECT_EQ(Ranges("bytes=0-1,5000-6000,,", 1000), (std::vector<ByteRange>{{0, 1}}));
}

TEST(RangesTest, IgnoresWhatIsMalformedOrAbusive) {
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=,", "items=0-1", "bytes=a-b", "bytes=5-2", "bytes=-",
        "bytes=1", "bytes=0-1,x", "bytes=--1", "bytes=0-1-2", "bytes=+1-2"}) {
    EXPECT_EQ(ParseRange(header, 1000).kind, Kind::kIgnore) << header;
  }
  std::string many = "bytes=0-0";
  for (int i = 1; i < 17; ++i) many += "," + std::to_string(i * 10) + "-" + std::to_string(i * 10);
  EXPECT_EQ(ParseRange(many, 1000).kind, Kind::kIgnore);
  EXPECT_EQ(ParseRange(many, 1000, 17).ranges.size(), 17u);
}

TEST(RangesTest, FindsTheUnsatisfiable) {
  for (const char* header :
       {"bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=5000-6000,7000-"}) {
    EXPECT_EQ(ParseRange(header, 1000).kind, Kind::kUnsatisfiable) << header;
  }
  EXPECT_EQ(ParseRange("bytes=0-", 0).kind, Kind::kUnsatisfiable);
  EXPECT_EQ(ParseRange("bytes=-5", 0).kind, Kind::kUnsatisfiable);
}

}  // namespace
}  // namespace stemscribe::http
