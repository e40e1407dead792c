#include "jobs/tool.h"

#include <gmock/gmock.h>

#include <csignal>

#include "base/test_folder.h"

namespace stemscribe::jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(ToolProgressTest, ALineIsParsed) {
  const auto progress =
      ParseProgressLine(R"({"stage":"transcription","percent":45.9,"seconds_left":8.1})");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->stage, JobStage::kTranscription);
  EXPECT_EQ(progress->percent, 45);
  EXPECT_EQ(progress->seconds_left, 8.1);
  EXPECT_FALSE(ParseProgressLine(R"({"percent":1,"seconds_left":null})")->seconds_left);
}

TEST(ToolProgressTest, DamagedLinesAreSkipped) {
  for (const char* line : {"", "x", "{", "[]", "null", "{}", R"({"percent":"3"})",
                           R"({"percent":-1})", R"({"percent":101})", R"({"percent":1e999})",
                           R"({"percent":12.5}{"percent":13})", "\xff\xfe"}) {
    EXPECT_FALSE(ParseProgressLine(line)) << line;
  }
  const auto odd = ParseProgressLine(R"({"stage":"dance","percent":3,"seconds_left":-4})");
  ASSERT_TRUE(odd);
  EXPECT_FALSE(odd->stage);
  EXPECT_FALSE(odd->seconds_left);
}

struct EndCase {
  ChildResult result;
  ErrorCode code;
  std::string message;
  bool retry;
  ChildFault fault = ChildFault::kNone;
};

TEST(ToolEndTest, EachEndHasItsMessage) {
  const ToolSettings settings{.job_timeout = Milliseconds(1500),
                              .silence_timeout = std::chrono::seconds(300)};
  const auto exited = [](int code, const std::string& err = "") {
    return ChildResult{.exit_code = code, .out = {}, .err = err};
  };
  const auto signalled = [](int signal, const std::string& err = "") {
    return ChildResult{.end = ChildEnd::kSignalled, .signal = signal, .out = {}, .err = err};
  };
  const auto ended = [](ChildEnd end) { return ChildResult{.end = end, .out = {}, .err = {}}; };
  const std::vector<EndCase> cases = {
      {exited(2, "--bitrate: 7\n"), ErrorCode::kInternal, "did not take its options: --bitrate: 7",
       false},
      {exited(3, "warm\n/s/song.mp3: no audio stream\n"), ErrorCode::kInvalidAudioFile,
       "no audio stream", false},
      {exited(4, "model broken"), ErrorCode::kProcessingFailed, "(exit code 4): model broken",
       false},
      {exited(4, "x: std::bad_alloc"), ErrorCode::kProcessingFailed, "out of memory", false,
       ChildFault::kMemory},
      {exited(4, "cannot map fcpe.bin: Cannot allocate memory"), ErrorCode::kProcessingFailed,
       "out of memory", false, ChildFault::kMemory},
      {exited(4, "plugin.so: failed to map segment from shared object"),
       ErrorCode::kProcessingFailed, "out of memory", false, ChildFault::kMemory},
      {exited(4, "no sandbox: there is no Landlock: ENOSYS"), ErrorCode::kProcessingFailed,
       "there is no Landlock", false, ChildFault::kSandbox},
      {exited(4, "vocals.mp3: No space left on device"), ErrorCode::kStorageLimitExceeded,
       "disk became full", false},
      {signalled(SIGSEGV), ErrorCode::kProcessingFailed, "crashed (SIGSEGV)", true,
       ChildFault::kSignal},
      {signalled(SIGSYS), ErrorCode::kProcessingFailed, "what its sandbox forbids", false,
       ChildFault::kSandbox},
      {signalled(SIGXFSZ), ErrorCode::kStorageLimitExceeded, "an output file", false,
       ChildFault::kOutput},
      {signalled(SIGABRT, "what(): std::bad_alloc"), ErrorCode::kProcessingFailed, "out of memory",
       false, ChildFault::kMemory},
      {signalled(SIGABRT, "libgcc_s.so.1 must be installed for unwinding to work"),
       ErrorCode::kProcessingFailed, "out of memory", false, ChildFault::kMemory},
      {signalled(SIGKILL), ErrorCode::kProcessingFailed, "want of memory", true,
       ChildFault::kMemory},
      {signalled(SIGXCPU), ErrorCode::kProcessingFailed, "CPU time", false, ChildFault::kTime},
      {ended(ChildEnd::kTimedOut), ErrorCode::kProcessingFailed, "longer than 1.5 s", false,
       ChildFault::kTime},
      {ended(ChildEnd::kHung), ErrorCode::kProcessingFailed, "no progress for 300 s", true,
       ChildFault::kHang},
      {ended(ChildEnd::kOverfilled), ErrorCode::kStorageLimitExceeded, "larger than 24576 MB",
       false, ChildFault::kOutput},
  };
  for (const EndCase& expected : cases) {
    const auto failure = ClassifyEnd(expected.result, settings, "/s/song.mp3");
    ASSERT_TRUE(failure) << expected.message;
    EXPECT_EQ(failure->code, expected.code) << expected.message;
    EXPECT_THAT(failure->message, HasSubstr(expected.message));
    EXPECT_THAT(failure->message, Not(HasSubstr("/s/"))) << "our paths are nobody's business";
    EXPECT_EQ(failure->retry, expected.retry) << expected.message;
    EXPECT_EQ(failure->fault, expected.fault) << expected.message;
  }
  EXPECT_FALSE(ClassifyEnd(exited(0), settings, ""));
}

class ToolTest : public testing::Test {
 protected:
  ToolTest() { std::filesystem::create_directory(scratch_); }

  ToolOutcome Run(const std::string& script, const JobOptions& options = {}) {
    settings_.program = folder_.Script("tool", script);
    return Transcribe(settings_, options, folder_.Write("song.mp3", "x"), scratch_,
                      [this](const JobProgress& progress) {
                        if (percents_.empty() || percents_.back() != progress.percent)
                          percents_.push_back(progress.percent);
                      },
                      {});
  }

  TestFolder folder_;
  const std::filesystem::path scratch_ = folder_.path() / "scratch";
  ToolSettings settings_;
  std::vector<int> percents_;
};

TEST_F(ToolTest, TheToolGetsItsOptionsAndItsFolderIsFound) {
  settings_.models = "/some/models";
  settings_.threads_per_job = 2;
  const ToolOutcome outcome = Run(R"(
    echo "$@" > ../args; mkdir -p out/song; echo '{}' > out/song/result.json
    echo '{"stage":"separation","percent":12.5}' >&3; echo damaged >&3; echo '{"percent":70}' >&3)",
                                  {.stages = {JobStage::kSeparation, JobStage::kChords},
                                   .stem_format = "flac",
                                   .bitrate_kbps = 128,
                                   .chord_vocabulary = "full"});
  ASSERT_TRUE(std::holds_alternative<ToolDone>(outcome));
  EXPECT_EQ(std::get<ToolDone>(outcome).folder, scratch_ / "out" / "song");
  EXPECT_THAT(percents_, ElementsAre(12, 70));
  const std::string args = ReadText(folder_.path() / "args");
  EXPECT_EQ(args, "--models /some/models transcribe " + (folder_.path() / "song.mp3").string() +
                      " -o " + (scratch_ / "out").string() +
                      " --stages separation,chords --stem-format flac --bitrate 128 "
                      "--chord-vocabulary full --quiet --threads 2 --progress-fd 3\n");
}

TEST_F(ToolTest, SuccessWithoutAResultIsAFailure) {
  const ToolOutcome outcome = Run("exit 0");
  ASSERT_TRUE(std::holds_alternative<JobFailure>(outcome));
  EXPECT_EQ(std::get<JobFailure>(outcome).code, ErrorCode::kInternal);
}

TEST_F(ToolTest, AToolThatCannotBeStartedMayBeTriedAgain) {
  settings_.program = folder_.path() / "missing";
  const ToolOutcome outcome = Transcribe(settings_, {}, "x", scratch_, [](auto&) {}, {});
  ASSERT_TRUE(std::holds_alternative<JobFailure>(outcome));
  EXPECT_TRUE(std::get<JobFailure>(outcome).retry);
}

}  // namespace
}  // namespace stemscribe::jobs
