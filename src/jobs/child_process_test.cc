#include "jobs/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/error.h"
#include "base/test_folder.h"
#include "jobs/unique_fd.h"

namespace stemscribe::jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ChildProcessTest : public testing::Test {
 protected:
  ChildSpec Shell(const std::string& script) {
    ChildSpec spec;
    spec.program = "/bin/sh";
    spec.arguments = {"-c", script, "name"};
    spec.environment = {"PATH=/usr/bin:/bin"};
    spec.limits.term_grace = Milliseconds(100);
    return spec;
  }

  ChildResult Run(const ChildSpec& spec) { return RunChild(spec, stop_.get_token()); }

  /// The process id that the child has written into `name`.
  pid_t PidIn(const std::string& name) {
    std::string text;
    EXPECT_TRUE(Eventually([&] {
      text = ReadText(folder_.path() / name);
      return !text.empty() && text.back() == '\n';
    }));
    return static_cast<pid_t>(std::stol(text));
  }

  static bool IsGone(pid_t pid) {
    // It may be a zombie whose new parent has not reaped it.
    const std::string status = ReadText("/proc/" + std::to_string(pid) + "/status");
    return status.empty() || status.find("State:\tZ") != std::string::npos;
  }

  TestFolder folder_;
  std::stop_source stop_;
};

TEST_F(ChildProcessTest, GivesExitCodeAndOutput) {
  const ChildResult result = Run(Shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(result.end, ChildEnd::kExited);
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereIsAnError) {
  ChildSpec spec;
  spec.program = folder_.path() / "missing";
  try {
    Run(spec);
    FAIL() << "it ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr("No such file"));
  }
}

TEST_F(ChildProcessTest, TheChildSeesOnlyTheEnvironmentThatItIsGiven) {
  setenv("STEMSCRIBE_SECRET_OF_TEST", "x", 1);
  ChildSpec spec = Shell("env");
  spec.environment.push_back("ONLY=this");
  const std::string out = Run(spec).out;
  EXPECT_THAT(out, HasSubstr("ONLY=this"));
  EXPECT_THAT(out, Not(HasSubstr("STEMSCRIBE_SECRET_OF_TEST")));
  for (const std::string& variable : CleanEnvironment()) {
    EXPECT_THAT(variable, Not(StartsWith("STEMSCRIBE_SECRET")));
  }
}

TEST_F(ChildProcessTest, TheChildInheritsNoOpenFiles) {
  const UniqueFd leaked(open(folder_.Write("secret", "x").c_str(), 0));  // without O_CLOEXEC
  ASSERT_TRUE(leaked.is_open());
  ChildSpec spec = Shell("ls /proc/$$/fd; true");
  spec.progress_fd_flag = "--fd";
  EXPECT_EQ(Run(spec).out, "0\n1\n2\n3\n");
}

TEST_F(ChildProcessTest, ProgressLinesArriveWholeAndInOrder) {
  std::vector<std::string> lines;
  ChildSpec spec = Shell(R"(
    [ "$1" = --progress-fd ] || exit 9
    printf 'one\ntw' >&$2; printf 'o\n\nthree\nnever ended' >&$2
    head -c 100000 /dev/zero >&$2; printf '\nlast\n' >&$2)");
  spec.progress_fd_flag = "--progress-fd";
  spec.on_progress_line = [&](std::string_view line) { lines.emplace_back(line); };
  EXPECT_EQ(Run(spec).exit_code, 0);
  EXPECT_THAT(lines, ElementsAre("one", "two", "", "three", "last"));
}

TEST_F(ChildProcessTest, AFloodOfOutputIsReadAndItsEndKept) {
  ChildSpec spec =
      Shell("head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2; echo END >&2");
  spec.max_output_bytes = 1000;
  const ChildResult result = Run(spec);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out.size(), 1000u);
  EXPECT_EQ(result.err.size(), 1000u);
  EXPECT_THAT(result.err, testing::EndsWith("END\n"));
}

TEST_F(ChildProcessTest, ASignalIsReported) {
  const ChildResult result = Run(Shell("kill -SEGV $$"));
  EXPECT_EQ(result.end, ChildEnd::kSignalled);
  EXPECT_EQ(result.signal, SIGSEGV);
}

TEST_F(ChildProcessTest, TheWallLimitEndsIt) {
  ChildSpec spec = Shell("sleep 1000");
  spec.limits.wall = Milliseconds(50);
  EXPECT_EQ(Run(spec).end, ChildEnd::kTimedOut);
}

TEST_F(ChildProcessTest, SilenceEndsItButProgressKeepsItAlive) {
  ChildSpec spec = Shell("echo noise; echo noise >&2; sleep 1000");
  spec.limits.silence = Milliseconds(50);
  EXPECT_EQ(Run(spec).end, ChildEnd::kHung) << "only progress counts";

  spec = Shell("for i in 1 2 3 4 5 6; do echo $i >&$2; sleep 0.2; done");
  spec.progress_fd_flag = "--fd";
  spec.limits.silence = std::chrono::seconds(20);
  EXPECT_EQ(Run(spec).end, ChildEnd::kExited);
}

TEST_F(ChildProcessTest, AStopIsATermFirst) {
  ChildSpec spec =
      Shell("trap 'echo cleaned; exit 130' TERM; echo $$ > pid; while :; do sleep 0.01; done");
  spec.working_dir = folder_.path();
  spec.limits.term_grace = std::chrono::seconds(60);
  std::jthread stopper([&] {
    PidIn("pid");
    stop_.request_stop();
  });
  const ChildResult result = Run(spec);
  EXPECT_EQ(result.end, ChildEnd::kCancelled);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.out, HasSubstr("cleaned"));
}

TEST_F(ChildProcessTest, AChildThatIgnoresTermIsKilled) {
  ChildSpec spec = Shell("trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done");
  spec.working_dir = folder_.path();
  std::jthread stopper([&] {
    PidIn("pid");
    stop_.request_stop();
  });
  const ChildResult result = Run(spec);
  EXPECT_EQ(result.end, ChildEnd::kCancelled);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_TRUE(IsGone(PidIn("pid")));
}

TEST_F(ChildProcessTest, AStopBeforeTheStartEndsItToo) {
  stop_.request_stop();
  EXPECT_EQ(Run(Shell("sleep 1000")).end, ChildEnd::kCancelled);
}

TEST_F(ChildProcessTest, GrandchildrenDieWithTheChildHoweverItEnds) {
  ChildSpec spec = Shell("(trap '' TERM HUP; sleep 1000) & echo $! > grandchild; exit 0");
  spec.working_dir = folder_.path();
  EXPECT_EQ(Run(spec).exit_code, 0) << "its pipes are still held by the grandchild";
  EXPECT_TRUE(Eventually([&] { return IsGone(PidIn("grandchild")); }));
}

TEST_F(ChildProcessTest, LimitsHold) {
  ChildSpec spec = Shell("head -c 100000 /dev/zero > big");
  spec.working_dir = folder_.path();
  spec.limits.file_size_bytes = 4096;
  Run(spec);
  EXPECT_LE(std::filesystem::file_size(folder_.path() / "big"), 4096u);

  spec = Shell("ulimit -v; ulimit -n; ulimit -c; ulimit -t");
  spec.limits.address_space_bytes = int64_t{512} << 20;
  spec.limits.num_files = 64;
  spec.limits.cpu_sec = 77;
  EXPECT_EQ(Run(spec).out, "524288\n64\n0\n77\n");
}

TEST_F(ChildProcessTest, AllFilesTogetherHaveALimit) {
  const auto run = [this](const std::string& script) {
    std::filesystem::remove_all(folder_.path() / "out");
    std::filesystem::create_directory(folder_.path() / "out");
    ChildSpec spec = Shell(script);
    spec.working_dir = spec.output_dir = folder_.path() / "out";
    spec.limits.output_bytes = 1 << 20;
    return Run(spec).end;
  };
  EXPECT_EQ(run("head -c 900000 /dev/zero > a"), ChildEnd::kExited);
  // Each of these goes on for ever, or has done it all before anybody looks.
  EXPECT_EQ(run("mkdir b; for i in 1 2 3; do head -c 400000 /dev/zero > b/$i; done; sleep 1000"),
            ChildEnd::kOverfilled);
  EXPECT_EQ(run("head -c 2000000 /dev/zero > a"), ChildEnd::kOverfilled);
  EXPECT_EQ(run("truncate -s 1G hole; sleep 1000"), ChildEnd::kOverfilled);
  EXPECT_EQ(run("exec 5> a; rm a; head -c 2000000 /dev/zero >&5; sleep 1000"),
            ChildEnd::kOverfilled);
  EXPECT_EQ(run("i=0; while :; do i=$((i + 1)); : > $i; done"), ChildEnd::kOverfilled);
}

TEST_F(ChildProcessTest, TheChildDiesWithItsParent) {
  const pid_t parent = fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    ChildSpec spec = Shell("echo $$ > pid; exec sleep 1000");
    spec.working_dir = folder_.path();
    RunChild(spec, {});
    _exit(0);
  }
  const pid_t child = PidIn("pid");
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_TRUE(Eventually([&] { return IsGone(child); }));
}

}  // namespace
}  // namespace stemscribe::jobs
