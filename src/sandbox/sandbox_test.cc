// Tries to break out, each time in a process of its own: Enter cannot be taken back.
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr int kRefused = 0, kDone = 1, kNoSandbox = 2;

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() {
    fs::create_directory(home_ / "job");
    std::ofstream(home_ / "song") << "la la la";
    std::ofstream(home_ / "secret") << "of another job";
  }

  /// `attempt` inside: does it succeed? -1: the process was killed.
  int Inside(const std::function<bool()>& attempt) const {
    const pid_t pid = fork();
    if (pid == 0) {
      Reach reach{.readable = SystemPaths(), .writable = {home_ / "job"}};
      reach.readable.push_back(home_ / "song");
      const Locks locks = Enter(reach);
      if (!locks.seccomp || (needs_landlock_ && locks.landlock_abi == 0)) _exit(kNoSandbox);
      _exit(attempt() ? kDone : kRefused);
    }
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void ExpectRefused(const char* what, const std::function<bool()>& attempt) const {
    EXPECT_EQ(Inside(attempt), kRefused) << what;
  }

  /// A kernel without Landlock keeps only the other half.
  bool HasLandlock() {
    needs_landlock_ = true;
    return Try().landlock_abi > 0;
  }

  const TestFolder folder_;
  const fs::path home_ = folder_.path();
  bool needs_landlock_ = false;
};

bool Opens(const fs::path& path, int flags) { return open(path.c_str(), flags, 0600) >= 0; }

TEST_F(SandboxTest, TheKernelSaysThatItHolds) {
  EXPECT_EQ(Inside([] {
              std::ifstream status("/proc/self/status");
              const std::string text(std::istreambuf_iterator<char>(status), {});
              return text.find("\nSeccomp:\t2") != std::string::npos &&
                     text.find("\nNoNewPrivs:\t1") != std::string::npos;
            }),
            kDone);
}

TEST_F(SandboxTest, NoNetwork) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET}) {
    ExpectRefused("socket", [=] { return socket(family, SOCK_DGRAM, 0) >= 0; });
  }
  ExpectRefused("socketpair", [] {
    std::array<int, 2> fds{};
    return socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) == 0;
  });
  ExpectRefused("io_uring", [] {
    std::array<char, 128> parameters{};
    return syscall(SYS_io_uring_setup, 4, parameters.data()) >= 0;
  });
}

TEST_F(SandboxTest, NoProcessesAndNoPrograms) {
  ExpectRefused("fork", [] { return fork() >= 0; });
  ExpectRefused("clone", [] { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0; });
  ExpectRefused("a new user", [] { return unshare(CLONE_NEWUSER) == 0; });
  ExpectRefused("execve", [] {
    std::array<char*, 1> none{};
    execve("/bin/true", none.data(), none.data());
    return errno == 0;
  });
  ExpectRefused("execveat", [] {
    std::array<char*, 1> none{};
    return syscall(SYS_execveat, AT_FDCWD, "/bin/true", none.data(), none.data(), 0) == 0;
  });
}

TEST_F(SandboxTest, NoWayIntoOthersOrTheKernel) {
  ExpectRefused("signal", [] { return kill(getppid(), 0) == 0; });
  ExpectRefused("signal by way of a file", [] {
    std::array<int, 2> fds{};
    return pipe(fds.data()) != 0 || fcntl(fds[0], F_SETOWN, getppid()) == 0 ||
           fcntl(fds[0], F_SETSIG, SIGKILL) == 0;
  });
  ExpectRefused("processors", [] {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(0, &cores);
    return sched_setaffinity(getppid(), sizeof(cores), &cores) == 0;
  });
  ExpectRefused("ptrace", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0; });
  ExpectRefused("process_vm_readv",
                [] { return syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0) == 0; });
  ExpectRefused("mount", [] { return mount("none", "/mnt", "tmpfs", 0, nullptr) == 0; });
  ExpectRefused("bpf", [] {
    bpf_attr attributes{};
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = attributes.value_size = 4;
    attributes.max_entries = 1;
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)) >= 0;
  });
  ExpectRefused("keyctl", [] {
    return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1) >= 0;
  });
  ExpectRefused("userfaultfd", [] { return syscall(SYS_userfaultfd, 1) >= 0; });
  ExpectRefused("chroot", [] { return chroot("/") == 0; });
  ExpectRefused("setuid", [] { return setuid(getuid()) == 0; });
  ExpectRefused("memfd_create", [] { return syscall(SYS_memfd_create, "x", 0) >= 0; });
}

TEST_F(SandboxTest, LimitsCannotBeRaised) {
  ExpectRefused("setrlimit", [] {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
  });
  EXPECT_EQ(Inside([] {
              rlimit limit{};
              return getrlimit(RLIMIT_NOFILE, &limit) == 0;
            }),
            kDone);
}

TEST_F(SandboxTest, FilesOutsideAreNotReadOrWritten) {
  if (!HasLandlock()) GTEST_SKIP() << Try().landlock_fault;
  ExpectRefused("passwd", [] { return Opens("/etc/passwd", O_RDONLY); });
  ExpectRefused("list /", [] { return Opens("/", O_RDONLY | O_DIRECTORY); });
  ExpectRefused("another job", [&] { return Opens(home_ / "secret", O_RDONLY); });
  ExpectRefused("by a detour", [&] { return Opens(home_ / "job/../secret", O_RDONLY); });
  ExpectRefused("create", [&] { return Opens(home_ / "new", O_CREAT | O_WRONLY); });
  ExpectRefused("write the song", [&] { return Opens(home_ / "song", O_WRONLY); });
  ExpectRefused("truncate the song", [&] { return truncate((home_ / "song").c_str(), 0) == 0; });
  ExpectRefused("remove", [&] { return unlink((home_ / "secret").c_str()) == 0; });
  ExpectRefused("mode", [&] { return chmod((home_ / "secret").c_str(), 0) == 0; });
  ExpectRefused("mode of what it may read", [&] {
    const int fd = open((home_ / "song").c_str(), O_RDONLY);
    return fd < 0 || fchmod(fd, 0) == 0;
  });
  ExpectRefused("times",
                [&] { return utimensat(AT_FDCWD, (home_ / "secret").c_str(), nullptr, 0) == 0; });
  ExpectRefused("move out", [&] {
    std::ofstream(home_ / "job/mine") << "x";
    return rename((home_ / "job/mine").c_str(), (home_ / "mine").c_str()) == 0;
  });
  ExpectRefused("memory of others",
                [] { return Opens("/proc/" + std::to_string(getppid()) + "/mem", O_RDONLY); });
  ExpectRefused("its own memory, for writing", [] { return Opens("/proc/self/mem", O_RDWR); });
  ExpectRefused("link", [&] {
    return symlink("/etc/passwd", (home_ / "job/link").c_str()) == 0 ||
           link((home_ / "secret").c_str(), (home_ / "job/link").c_str()) == 0;
  });
}

TEST_F(SandboxTest, TheJobCanBeDone) {
  EXPECT_EQ(Inside([&] {
              std::string word;
              std::ifstream(home_ / "song") >> word;
              fs::create_directories(home_ / "job/a/b");
              std::ofstream(home_ / "job/a/b/file") << word;
              fs::rename(home_ / "job/a/b", home_ / "job/c");
              int sum = 0;
              std::thread([&] { sum = 1; }).join();
              return word == "la" && sum == 1 && fs::file_size(home_ / "job/c/file") == 2;
            }),
            kDone);
}

TEST_F(SandboxTest, AThreadCannotBreakOutEither) {
  ExpectRefused("socket in a thread", [] {
    int fd = -1;
    std::thread([&] { fd = socket(AF_INET, SOCK_STREAM, 0); }).join();
    return fd >= 0;
  });
}

TEST_F(SandboxTest, AbortStillEndsTheProcess) {
  EXPECT_EQ(Inside([]() -> bool { std::abort(); }), -1);
}

TEST_F(SandboxTest, AFolderThatIsMissingIsTold) {
  EXPECT_THROW(Enter({.writable = {home_ / "nowhere"}}), Error);
}

}  // namespace
}  // namespace stemscribe::sandbox
