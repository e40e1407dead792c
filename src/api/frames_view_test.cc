#include "api/frames_view.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe::api {
namespace {

namespace json = boost::json;

class FramesViewTest : public testing::TestWithParam<bool> {
 protected:
  FramesViewTest() {
    std::string text =
        R"({"version":1,"hop_sec":0.01,"num_frames":5000,"duration":50,"engine":{"pitch":"a"},"frames":[)";
    for (int n = 0; n < 5000; ++n) {
      text += fmt::format(
          R"({}{{"t":{:.2f},"voiced":{},"f0_hz":{},"midi":null,"confidence":0.5,"level_db":-{}.0}})",
          n == 0 ? "\n" : ",\n", n * 0.01, n % 2 == 0, n % 2 == 0 ? "220.5" : "null", n % 90);
    }
    text += "\n]}\n";
    if (GetParam()) {
      gzFile file = gzopen(path_.c_str(), "wb");
      gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
      gzclose(file);
    } else {
      std::ofstream(path_) << text;
    }
  }
  ~FramesViewTest() override { std::filesystem::remove(path_); }

  json::object View(double from_sec, double to_sec, FramesLayout layout) {
    FramesView view(path_, from_sec, to_sec, layout);
    std::string text;
    while (const auto piece = view.Next()) text += *piece;
    return json::parse(text).as_object();
  }

  const TestFolder folder_;
  const std::filesystem::path path_ = folder_ / "frames";
};

TEST_P(FramesViewTest, WholeFileIsAsItWas) {
  const json::object all = View(0, 1e9, FramesLayout::kFrames);
  EXPECT_EQ(all.at("num_frames"), 5000);
  ASSERT_EQ(all.at("frames").as_array().size(), 5000U);
  EXPECT_EQ(all.at("frames").at(4999).at("t").to_number<double>(), 49.99);
}

TEST_P(FramesViewTest, FromIsInclusiveAndToExclusive) {
  const json::object part = View(0.07, 0.29, FramesLayout::kFrames);
  const json::array& frames = part.at("frames").as_array();
  ASSERT_EQ(frames.size(), 22U);
  EXPECT_EQ(part.at("num_frames"), 22);
  EXPECT_EQ(frames.front().at("t").to_number<double>(), 0.07);
  EXPECT_EQ(frames.back().at("t").to_number<double>(), 0.28);
}

TEST_P(FramesViewTest, NothingIsLeftWhereThePartIsEmpty) {
  EXPECT_TRUE(View(60, 70, FramesLayout::kFrames).at("frames").as_array().empty());
  EXPECT_TRUE(View(2, 1, FramesLayout::kFrames).at("frames").as_array().empty());
  EXPECT_TRUE(View(2, 1, FramesLayout::kColumns).at("columns").at("t").as_array().empty());
}

TEST_P(FramesViewTest, ColumnsHoldTheSameValues) {
  const json::object frames = View(1, 40, FramesLayout::kFrames);
  const json::object columns = View(1, 40, FramesLayout::kColumns);
  EXPECT_EQ(columns.at("num_frames"), 3900);
  EXPECT_FALSE(columns.contains("frames"));
  for (const auto& column : columns.at("columns").as_object()) {
    ASSERT_EQ(column.value().as_array().size(), 3900U) << column.key();
    for (const size_t n : {0U, 1U, 3899U}) {
      EXPECT_EQ(column.value().at(n), frames.at("frames").at(n).at(column.key())) << column.key();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndGzip, FramesViewTest, testing::Bool());

TEST(FramesViewFaultTest, OtherFilesAreAnIoError) {
  EXPECT_THROW(FramesView("/nonexistent", 0, 1, FramesLayout::kFrames), Error);
  EXPECT_THROW(FramesView("/proc/self/cmdline", 0, 1, FramesLayout::kFrames), Error);
}

}  // namespace
}  // namespace stemscribe::api
