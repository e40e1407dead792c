#include "base/log.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe {
namespace {

namespace fs = std::filesystem;

class LogTest : public testing::Test {
 protected:
  LogOptions Options() const { return {.to_stderr = false, .file = dir_ / "log"}; }
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    std::ifstream file(dir_ / "log");
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  const TestFolder dir_;
};

TEST_F(LogTest, JsonLinesHoldWhateverIsInAMessage) {
  {
    Log log(Options());
    log.Info("a \"b\"\nc", {{"job_id", "1\n2"}, {"bytes", 7}});
    log.Debug("below the level");
  }
  ASSERT_EQ(Lines().size(), 1U);
  const auto line = boost::json::parse(Lines()[0]).as_object();
  EXPECT_EQ(line.at("message"), "a \"b\"\nc");
  EXPECT_EQ(line.at("level"), "INFO");
  EXPECT_EQ(line.at("job_id"), "1\n2");
  EXPECT_EQ(line.at("bytes"), 7);
  EXPECT_EQ(line.at("time").as_string().size(), 24U);
}

TEST_F(LogTest, TextIsOneLineAMessage) {
  LogOptions options = Options();
  options.json = false;
  {
    Log log(options);
    log.Warning("two\nlines", {{"path", "/x\ny"}});
  }
  ASSERT_EQ(Lines().size(), 1U);
  EXPECT_NE(Lines()[0].find(R"(WARNING  "two\nlines" path="/x\ny")"), std::string::npos);
}

TEST_F(LogTest, TheFileIsRotated) {
  LogOptions options = Options();
  options.max_file_bytes = 1000;
  options.max_files = 2;
  {
    Log log(options);
    for (int i = 0; i < 100; ++i) log.Info("a message of some length, to fill the file");
  }
  EXPECT_TRUE(fs::exists(dir_ / "log.1"));
  EXPECT_TRUE(fs::exists(dir_ / "log.2"));
  EXPECT_FALSE(fs::exists(dir_ / "log.3"));
  EXPECT_LE(fs::file_size(dir_ / "log"), 1000U);
}

TEST_F(LogTest, AFileThatCannotBeWrittenIsAnIoError) {
  LogOptions options = Options();
  options.file = "/proc/nothing/log";
  EXPECT_THROW(Log log(options), Error);
}

}  // namespace
}  // namespace stemscribe
