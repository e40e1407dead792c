#include "pipeline/progress_meter.h"

#include <gtest/gtest.h>

namespace stemscribe::pipeline {
namespace {

class ProgressMeterTest : public testing::Test {
 protected:
  ProgressMeter Make(const std::vector<Stage>& stages) {
    return ProgressMeter(
        stages, [this](const Progress& progress) { seen_.push_back(progress); },
        [this] { return now_; });
  }

  std::vector<Progress> seen_;
  std::chrono::steady_clock::time_point now_;
};

TEST_F(ProgressMeterTest, RisesFrom0To100ThroughAllStagesInOrder) {
  ProgressMeter meter = Make({kAllStages.begin(), kAllStages.end()});
  for (double done = 0; done <= 1; done += 0.01) {
    for (const Stage stage : kAllStages) meter.Update(stage, done);
  }
  meter.Finish();
  ASSERT_GT(seen_.size(), 50U);
  EXPECT_EQ(seen_.front().percent, 0);
  EXPECT_EQ(seen_.back().percent, 100);
  for (size_t i = 1; i < seen_.size(); ++i) {
    EXPECT_GT(seen_[i].percent, seen_[i - 1].percent);
    EXPECT_GE(seen_[i].stage, seen_[i - 1].stage);
    EXPECT_LT(seen_[i].percent - seen_[i - 1].percent, 2);
  }
  for (const Progress& progress : seen_) {
    if (progress.percent < 33) {
      EXPECT_EQ(progress.stage, Stage::kSeparation);
    }
    if (progress.percent > 67) {
      EXPECT_EQ(progress.stage, Stage::kChords);
    }
  }
}

TEST_F(ProgressMeterTest, NeverFallsWhateverAStageSays) {
  ProgressMeter meter = Make({Stage::kChords});
  meter.Update(Stage::kChords, 0.6);
  const size_t reports = seen_.size();
  meter.Update(Stage::kChords, 0.2);
  meter.Update(Stage::kSeparation, 1);  // not wanted: no share
  EXPECT_EQ(seen_.size(), reports);
}

TEST_F(ProgressMeterTest, EstimatesTheTimeLeftFromTheTimeTaken) {
  ProgressMeter meter = Make({Stage::kChords});
  now_ += std::chrono::seconds(10);
  meter.Update(Stage::kChords, 0.25);
  ASSERT_TRUE(seen_.back().seconds_left.has_value());
  EXPECT_NEAR(*seen_.back().seconds_left, 30, 1e-9);
  EXPECT_FALSE(seen_.front().seconds_left.has_value());
}

}  // namespace
}  // namespace stemscribe::pipeline
