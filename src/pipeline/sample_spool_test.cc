#include "pipeline/sample_spool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe::pipeline {
namespace {

TEST(SampleSpoolTest, GivesBackWhatWasAppended) {
  const TestFolder folder;
  SampleSpool spool(folder.path());
  std::vector<float> samples(1000);
  std::iota(samples.begin(), samples.end(), 0.0F);
  spool.Append(std::span(samples).first(700));
  spool.Append(std::span(samples).subspan(700));
  EXPECT_EQ(spool.num_samples(), 1000);
  std::vector<float> out(200);
  EXPECT_EQ(spool.Read(600, out), 200U);
  EXPECT_EQ(out.front(), 600);
  EXPECT_EQ(out.back(), 799);
  EXPECT_EQ(spool.Read(950, out), 50U);
  EXPECT_EQ(out[49], 999);
  EXPECT_EQ(spool.Read(5000, out), 0U);
}

TEST(SampleSpoolTest, FolderThatIsNotThereIsAnIoError) {
  try {
    SampleSpool spool("/nonexistent");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
  }
}

}  // namespace
}  // namespace stemscribe::pipeline
