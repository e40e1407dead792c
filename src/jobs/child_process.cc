#include "jobs/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "jobs/child_launch.h"
#include "jobs/output_size.h"
#include "jobs/unique_fd.h"

namespace stemscribe::jobs {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr size_t kMaxLineBytes = 4096;
constexpr Milliseconds kTick = std::chrono::milliseconds(50);
constexpr Milliseconds kMeasureInterval = std::chrono::milliseconds(250);
// After the child is gone and its group killed, its pipes end at once, unless a process that left
// the group holds them: that one is not waited for.
constexpr Milliseconds kLastWords = std::chrono::milliseconds(500);

/// The last bytes of a stream of any length.
class Tail {
 public:
  explicit Tail(size_t max_bytes) : max_bytes_(max_bytes) {}

  void Append(std::string_view data) {
    text_.append(data);
    if (text_.size() > 2 * max_bytes_) text_.erase(0, text_.size() - max_bytes_);
  }
  std::string Take() {
    if (text_.size() > max_bytes_) text_.erase(0, text_.size() - max_bytes_);
    return std::move(text_);
  }

 private:
  const size_t max_bytes_;
  std::string text_;
};

/// Cuts a stream into lines. One that is too long is dropped.
class LineCutter {
 public:
  /// Returns whether a line was complete.
  bool Append(std::string_view data, const std::function<void(std::string_view)>& on_line) {
    bool has_line = false;
    for (const char c : data) {
      if (c != '\n') {
        if (line_.size() <= kMaxLineBytes) line_ += c;
        continue;
      }
      if (line_.size() <= kMaxLineBytes && on_line) on_line(line_);
      line_.clear();
      has_line = true;
    }
    return has_line;
  }

 private:
  std::string line_;
};

}  // namespace

class Child::Impl {
 public:
  explicit Impl(ChildSpec spec)
      : spec_(std::move(spec)),
        child_(LaunchChild(spec_)),
        started_(std::chrono::steady_clock::now()),
        last_progress_(started_),
        exit_fd_(static_cast<int>(syscall(SYS_pidfd_open, child_.pid, 0))),
        out_(spec_.max_output_bytes),
        err_(spec_.max_output_bytes) {}

  ~Impl() {
    if (!reaped_) KillAndReap();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool Send(std::string_view text);
  ChildResult Wait(const std::stop_token& stop);

 private:
  void ReadPipes(Milliseconds timeout);
  bool ReadSome(UniqueFd& fd, const std::function<void(std::string_view)>& take);
  bool HasEnded() const;
  void CheckLimits(const std::stop_token& stop, SteadyTime now);
  bool IsOverfull() const;
  void Terminate(ChildEnd why, SteadyTime now);
  int KillAndReap();
  bool HasOpenPipes() const {
    return child_.out.is_open() || child_.err.is_open() || child_.progress.is_open();
  }

  const ChildSpec spec_;
  LaunchedChild child_;
  SteadyTime started_;
  SteadyTime last_progress_;
  SteadyTime measured_at_;
  std::optional<ChildEnd> terminated_;  // why we ended it
  SteadyTime terminated_at_;
  bool reaped_ = false;
  UniqueFd exit_fd_;  // readable once it has ended: nobody waits for a tick
  Tail out_;
  Tail err_;
  LineCutter lines_;
};

bool Child::Impl::Send(std::string_view text) {
  started_ = last_progress_ = std::chrono::steady_clock::now();
  const ssize_t count = send(child_.in.get(), text.data(), text.size(), MSG_NOSIGNAL);
  child_.in.Reset();
  return count == static_cast<ssize_t>(text.size());
}

ChildResult Child::Impl::Wait(const std::stop_token& stop) {
  // A stop wakes the poll by a byte in a pipe.
  const std::stop_callback wake(stop, [this] {
    const char byte = 0;
    [[maybe_unused]] const ssize_t ignored = write(child_.wake_in.get(), &byte, 1);
  });
  while (!HasEnded()) {
    CheckLimits(stop, std::chrono::steady_clock::now());
    ReadPipes(kTick);
    if (spec_.on_tick) spec_.on_tick();
  }
  const double wall_sec =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  if (!terminated_ && IsOverfull()) Terminate(ChildEnd::kOverfilled, measured_at_);
  const int status = KillAndReap();
  const SteadyTime last_words_until = std::chrono::steady_clock::now() + kLastWords;
  while (HasOpenPipes() && std::chrono::steady_clock::now() < last_words_until) ReadPipes(kTick);

  ChildResult result{.out = out_.Take(), .err = err_.Take(), .wall_sec = wall_sec};
  if (WIFSIGNALED(status)) {
    result.end = ChildEnd::kSignalled;
    result.signal = WTERMSIG(status);
  } else {
    result.exit_code = WEXITSTATUS(status);
  }
  // A child that had finished its work before our signal reached it has finished; but not one that
  // wrote too much for it.
  const bool finished = result.end == ChildEnd::kExited && result.exit_code == 0 &&
                        terminated_ != ChildEnd::kOverfilled;
  if (terminated_ && !finished) result.end = *terminated_;
  return result;
}

bool Child::Impl::HasEnded() const {
  siginfo_t info{};
  // Not reaped yet: while the zombie is there, nobody else can get its process group's number.
  const int found =
      waitid(P_PID, static_cast<id_t>(child_.pid), &info, WEXITED | WNOHANG | WNOWAIT);
  return found == 0 && info.si_pid == child_.pid;
}

int Child::Impl::KillAndReap() {
  kill(-child_.pid, SIGKILL);  // whatever it has started dies with it
  exit_fd_.Reset();
  int status = 0;
  while (waitpid(child_.pid, &status, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  return status;
}

bool Child::Impl::IsOverfull() const {
  const int64_t most = spec_.limits.output_bytes;
  return most > 0 && OutputSize(spec_.output_dir, child_.pid, most) > most;
}

void Child::Impl::CheckLimits(const std::stop_token& stop, SteadyTime now) {
  const ChildLimits& limits = spec_.limits;
  if (terminated_) {
    if (now - terminated_at_ >= limits.term_grace) kill(-child_.pid, SIGKILL);
  } else if (stop.stop_requested()) {
    Terminate(ChildEnd::kCancelled, now);
  } else if (limits.wall.count() > 0 && now - started_ >= limits.wall) {
    Terminate(ChildEnd::kTimedOut, now);
  } else if (limits.silence.count() > 0 && now - last_progress_ >= limits.silence) {
    Terminate(ChildEnd::kHung, now);
  } else if (now - measured_at_ >= kMeasureInterval) {
    measured_at_ = now;
    if (IsOverfull()) Terminate(ChildEnd::kOverfilled, now);
  }
}

void Child::Impl::Terminate(ChildEnd why, SteadyTime now) {
  terminated_ = why;
  terminated_at_ = now;
  kill(-child_.pid, SIGTERM);
}

void Child::Impl::ReadPipes(Milliseconds timeout) {
  std::array<pollfd, 5> fds = {
      pollfd{child_.out.get(), POLLIN, 0}, pollfd{child_.err.get(), POLLIN, 0},
      pollfd{child_.progress.get(), POLLIN, 0}, pollfd{child_.wake_out.get(), POLLIN, 0},
      pollfd{exit_fd_.get(), POLLIN, 0}};  // closed ones are -1
  if (poll(fds.data(), fds.size(), static_cast<int>(timeout.count())) <= 0) return;
  if (fds[0].revents != 0)
    ReadSome(child_.out, [this](std::string_view data) { out_.Append(data); });
  if (fds[1].revents != 0)
    ReadSome(child_.err, [this](std::string_view data) { err_.Append(data); });
  if (fds[2].revents != 0) {
    ReadSome(child_.progress, [this](std::string_view data) {
      if (lines_.Append(data, spec_.on_progress_line)) {
        last_progress_ = std::chrono::steady_clock::now();
      }
    });
  }
  if (fds[3].revents != 0) ReadSome(child_.wake_out, [](std::string_view) {});
}

bool Child::Impl::ReadSome(UniqueFd& fd, const std::function<void(std::string_view)>& take) {
  std::array<char, 16 * 1024> block;
  const ssize_t count = read(fd.get(), block.data(), block.size());
  if (count > 0) {
    take({block.data(), static_cast<size_t>(count)});
    return true;
  }
  if (count == 0 || (errno != EINTR && errno != EAGAIN)) fd.Reset();
  return false;
}

Child::Child(ChildSpec spec) : impl_(std::make_unique<Impl>(std::move(spec))) {}
Child::~Child() = default;
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&&) noexcept = default;
bool Child::Send(std::string_view text) { return impl_->Send(text); }
ChildResult Child::Wait(const std::stop_token& stop) { return impl_->Wait(stop); }

ChildResult RunChild(const ChildSpec& spec, const std::stop_token& stop) {
  return Child(spec).Wait(stop);
}

std::vector<std::string> CleanEnvironment() {
  std::vector<std::string> environment;
  for (const char* name : {"PATH", "HOME", "LANG", "TZ", "LD_LIBRARY_PATH", "STEMSCRIBE_MODELS"}) {
    if (const char* value = std::getenv(name)) {
      environment.push_back(fmt::format("{}={}", name, value));
    }
  }
  return environment;
}

}  // namespace stemscribe::jobs
