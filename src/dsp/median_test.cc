#include "dsp/median.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/error.h"

namespace stemscribe::dsp {
namespace {

TEST(MedianTest, IsTheMiddleOfTheSortedValues) {
  std::mt19937 random(3);
  for (const size_t length : kMedianLengths) {
    for (const size_t width : {1, 3, 4, 7, 64, 1001}) {
      std::vector<std::vector<float>> rows(length, std::vector<float>(width));
      std::vector<const float*> pointers;
      for (auto& row : rows) {
        // Few different values, so that ties occur.
        for (float& value : row) value = static_cast<float>(random() % 40) - 7.5F;
        pointers.push_back(row.data());
      }
      std::vector<float> out(width);
      MedianOfRows(pointers, out);
      for (size_t i = 0; i < width; ++i) {
        std::vector<float> column;
        column.reserve(length);
        for (const auto& row : rows) column.push_back(row[i]);
        std::sort(column.begin(), column.end());
        ASSERT_EQ(out[i], column[length / 2]) << length << " rows of " << width << " at " << i;
      }
    }
  }
}

TEST(MedianTest, RowsMayOverlap) {
  const std::vector<float> row = {0, 0, 5, 1, 9, 2, 2, 0, 0};
  const std::vector<const float*> shifted = {row.data(), row.data() + 1, row.data() + 2};
  std::vector<float> out(row.size() - 2);
  MedianOfRows(shifted, out);
  EXPECT_EQ(out, (std::vector<float>{0, 1, 5, 2, 2, 2, 0}));
}

TEST(MedianTest, RefusesLengthsThatItDoesNotKnow) {
  const std::vector<float> row(8);
  const std::vector<const float*> rows(4, row.data());
  std::vector<float> out(8);
  EXPECT_THROW(MedianOfRows(rows, out), Error);
}

}  // namespace
}  // namespace stemscribe::dsp
