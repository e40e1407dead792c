#include "jobs/prober.h"

#include <gmock/gmock.h>
#include <sys/types.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe::jobs {
namespace {

using testing::HasSubstr;

class ProberTest : public testing::Test {
 protected:
  /// A tool that tells who it is in `starts`, then reads the name of its file into $file.
  void UseTool(const std::string& script) {
    settings_.program = folder_.Script("tool", "echo $$ >> " + starts_.string() +
                                                   "; [ \"$1 $2\" = 'probe --from-stdin' ] && "
                                                   "read -r file && " +
                                                   script);
  }

  std::vector<std::string> Starts() {
    std::vector<std::string> pids;
    std::string text = ReadText(starts_);
    for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      pids.push_back(text.substr(0, end));
      text.erase(0, end + 1);
    }
    return pids;
  }

  bool WaitForStarts(size_t count) {
    return Eventually([&] { return Starts().size() == count; });
  }

  TestFolder folder_;
  const std::filesystem::path starts_ = folder_.path() / "starts";
  ToolSettings settings_;
};

TEST_F(ProberTest, GivesTheDuration) {
  UseTool(R"([ "$file" = /a/song.mp3 ] && echo '{"duration":180.5,"why_not":null}')");
  Prober prober(settings_);
  EXPECT_EQ(prober.Start("/a/song.mp3").Wait({}).duration_sec, 180.5);
  EXPECT_EQ(prober.Start("/a/song.mp3").Wait({}).duration_sec, 180.5);
}

TEST_F(ProberTest, GivesTheReasonOfARefusal) {
  for (const auto& [script, message] : std::vector<std::pair<std::string, std::string>>{
           {R"({ echo '{"duration":null,"why_not":"it has no sound"}'; exit 3; })",
            "it has no sound"},
           {"kill -SEGV $$", "cannot be read"},
           {"echo garbage", "cannot be read"}}) {
    UseTool(script);
    Prober prober(settings_);
    try {
      prober.Start("x").Wait({});
      ADD_FAILURE() << script;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidAudioFile);
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  }
}

TEST_F(ProberTest, KeepsOneChildStarted) {
  UseTool("echo {}");
  Prober prober(settings_);
  ASSERT_TRUE(WaitForStarts(1));
  prober.Start("x").Wait({});
  EXPECT_TRUE(WaitForStarts(2));
}

TEST_F(ProberTest, ReplacesASpareThatHasDied) {
  UseTool("echo '{\"duration\":1}'");
  Prober prober(settings_);
  ASSERT_TRUE(WaitForStarts(1));
  const auto pid = static_cast<pid_t>(std::stol(Starts().front()));
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] {  // a zombie: its sockets are closed
    return ReadText("/proc/" + std::to_string(pid) + "/status").find("State:\tZ") !=
           std::string::npos;
  }));
  EXPECT_EQ(prober.Start("x").Wait({}).duration_sec, 1);
}

TEST_F(ProberTest, TellsThatTheToolCannotBeStarted) {
  settings_.program = folder_.path() / "missing";
  Prober prober(settings_);
  try {
    prober.Start("x");
    FAIL() << "it was started";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  }
}

TEST_F(ProberTest, EndsAProbeThatHangs) {
  UseTool("sleep 1000");
  settings_.probe_timeout = Milliseconds(100);
  Prober prober(settings_);
  EXPECT_THROW(prober.Start("x").Wait({}), Error);
}

}  // namespace
}  // namespace stemscribe::jobs
