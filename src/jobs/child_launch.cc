#include "jobs/child_launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"

namespace stemscribe::jobs {
namespace {

constexpr int kProgressFd = 3;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Error StartError(const ChildSpec& spec, int fault) {
  return Error(ErrorCode::kUnavailable, fmt::format("{} cannot be started: {}",
                                                    spec.program.string(), std::strerror(fault)));
}

/// The numbers 0 to 3 are left for the child's own.
Pipe KeepClear(const ChildSpec& spec, const std::array<int, 2>& fds) {
  Pipe pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
  for (UniqueFd* end : {&pipe.read_end, &pipe.write_end}) {
    if (end->get() > kProgressFd) continue;
    const int moved = fcntl(end->get(), F_DUPFD_CLOEXEC, kProgressFd + 1);
    if (moved < 0) throw StartError(spec, errno);
    *end = UniqueFd(moved);
  }
  return pipe;
}

Pipe MakePipe(const ChildSpec& spec) {
  std::array<int, 2> fds{};
  if (pipe2(fds.data(), O_CLOEXEC) != 0) throw StartError(spec, errno);
  return KeepClear(spec, fds);
}

/// For the child's input: unlike a pipe, a socket can be written without SIGPIPE.
Pipe MakeSockets(const ChildSpec& spec) {
  std::array<int, 2> fds{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    throw StartError(spec, errno);
  }
  return KeepClear(spec, fds);
}

UniqueFd OpenNull(const ChildSpec& spec) {
  UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null.is_open()) throw StartError(spec, errno);
  return null;
}

void DoNotBlock(const UniqueFd& fd) {
  fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

/// Everything the child needs, made before fork: after it, memory may not be allocated.
struct ChildPlan {
  std::string program;
  std::string working_dir;
  std::vector<std::string> arguments{};
  std::vector<char*> argv{};
  std::vector<char*> envp{};
  ChildLimits limits;
  pid_t parent = 0;
  int in_fd = -1, out_fd = -1, err_fd = -1, progress_fd = -1, fault_fd = -1;
};

void Limit(decltype(RLIMIT_AS) resource, int64_t value, int64_t grace = 0) {
  if (value <= 0) return;
  const rlimit limit{static_cast<rlim_t>(value), static_cast<rlim_t>(value + grace)};
  setrlimit(resource, &limit);
}

void ApplyLimits(const ChildLimits& limits) {
  Limit(RLIMIT_AS, limits.address_space_bytes);
  Limit(RLIMIT_FSIZE, limits.file_size_bytes);
  Limit(RLIMIT_CPU, limits.cpu_sec, 1);  // SIGXCPU first: SIGKILL would not tell why
  Limit(RLIMIT_NOFILE, limits.num_files);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (limits.nice != 0) [[maybe_unused]]
    const int ignored = nice(limits.nice);
}

void ResetSignals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Runs in the child. Only async-signal-safe calls. `fault_fd` tells the parent why there was no
/// exec.
[[noreturn]] void BecomeChild(const ChildPlan& plan) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  ResetSignals();
  const bool is_placed = getppid() == plan.parent &&  // it may have died before prctl
                         dup2(plan.in_fd, 0) >= 0 && dup2(plan.out_fd, 1) >= 0 &&
                         dup2(plan.err_fd, 2) >= 0 &&
                         (plan.progress_fd < 0 || dup2(plan.progress_fd, kProgressFd) >= 0) &&
                         (plan.working_dir.empty() || chdir(plan.working_dir.c_str()) == 0);
  if (is_placed) {
    // Others of our threads may have opened files without O_CLOEXEC.
    const unsigned int first = plan.progress_fd < 0 ? 3 : kProgressFd + 1;
    constexpr unsigned int kCloexec = 1U << 2;  // CLOSE_RANGE_CLOEXEC: fault_fd still must work
    syscall(SYS_close_range, first, ~0U, kCloexec);
    ApplyLimits(plan.limits);
    execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
  }
  const int fault = errno;
  [[maybe_unused]] const ssize_t ignored = write(plan.fault_fd, &fault, sizeof(fault));
  _exit(127);
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The errno of a failed exec; 0 once the exec has closed the pipe.
int ReadFault(const UniqueFd& fd) {
  int fault = 0;
  ssize_t count = 0;
  do {
    count = read(fd.get(), &fault, sizeof(fault));
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof(fault)) ? fault : 0;
}

}  // namespace

LaunchedChild LaunchChild(const ChildSpec& spec) {
  Pipe out = MakePipe(spec), err = MakePipe(spec), fault = MakePipe(spec), wake = MakePipe(spec);
  Pipe progress;
  if (!spec.progress_fd_flag.empty()) progress = MakePipe(spec);
  Pipe in;
  if (spec.takes_input) {
    in = MakeSockets(spec);
  } else {
    in.read_end = OpenNull(spec);
  }

  ChildPlan plan{.program = spec.program.string(),
                 .working_dir = spec.working_dir.string(),
                 .limits = spec.limits,
                 .parent = getpid(),
                 .in_fd = in.read_end.get(),
                 .out_fd = out.write_end.get(),
                 .err_fd = err.write_end.get(),
                 .progress_fd = progress.write_end.get(),
                 .fault_fd = fault.write_end.get()};
  plan.arguments.push_back(plan.program);
  plan.arguments.insert(plan.arguments.end(), spec.arguments.begin(), spec.arguments.end());
  if (!spec.progress_fd_flag.empty()) {
    plan.arguments.push_back(spec.progress_fd_flag);
    plan.arguments.push_back(std::to_string(kProgressFd));
  }
  std::vector<std::string> environment = spec.environment;
  plan.argv = Pointers(plan.arguments);
  plan.envp = Pointers(environment);

  const pid_t pid = fork();
  if (pid < 0) throw StartError(spec, errno);
  if (pid == 0) BecomeChild(plan);
  setpgid(pid, pid);  // here too: whoever comes first, the group exists before we signal it
  fault.write_end.Reset();
  if (const int reason = ReadFault(fault.read_end)) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    throw StartError(spec, reason);
  }
  for (const UniqueFd* fd : {&out.read_end, &err.read_end, &wake.read_end, &wake.write_end}) {
    DoNotBlock(*fd);
  }
  if (progress.read_end.is_open()) DoNotBlock(progress.read_end);
  return {.pid = pid,
          .in = std::move(in.write_end),
          .out = std::move(out.read_end),
          .err = std::move(err.read_end),
          .progress = std::move(progress.read_end),
          .wake_in = std::move(wake.write_end),
          .wake_out = std::move(wake.read_end)};
}

}  // namespace stemscribe::jobs
