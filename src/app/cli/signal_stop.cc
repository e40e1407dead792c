#include "app/cli/signal_stop.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "app/cli/exit_code.h"

namespace stemscribe::app {
namespace {

constexpr int kGraceMs = 900;

constexpr std::array kStopSignals{SIGINT, SIGTERM, SIGHUP};

// Who started this program may have had it ignore some, as nohup and shells in the background do.
bool IsIgnored(int signal) {
  struct sigaction action {};
  sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

}  // namespace

SignalStop::SignalStop(Overdue overdue) : overdue_(overdue), ignores_hangup_(IsIgnored(SIGHUP)) {
  sigset_t blocked;
  sigset_t heard;
  sigemptyset(&blocked);
  sigemptyset(&heard);
  for (const int signal : kStopSignals) {
    sigaddset(&blocked, signal);
    if (signal == SIGHUP || !IsIgnored(signal)) sigaddset(&heard, signal);  // see OnHangup
  }
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of that write, not of the song
  wake_fd_ = eventfd(0, EFD_CLOEXEC);
  signal_fd_ = signalfd(-1, &heard, SFD_CLOEXEC);
  thread_ = std::thread([this] { Watch(); });
}

SignalStop::~SignalStop() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
  thread_.join();
  close(wake_fd_);
  close(signal_fd_);
}

void SignalStop::OnOverdue(std::function<void()> clean_up) {
  std::lock_guard lock(mutex_);
  clean_up_ = std::move(clean_up);
}

void SignalStop::OnHangup(std::function<void()> hang_up) {
  std::lock_guard lock(mutex_);
  hang_up_ = std::move(hang_up);
}

void SignalStop::Watch() {
  int timeout_ms = -1;
  while (true) {
    std::array<pollfd, 2> fds{pollfd{wake_fd_, POLLIN, 0}, pollfd{signal_fd_, POLLIN, 0}};
    const int ready = poll(fds.data(), fds.size(), timeout_ms);
    if (ready < 0) continue;
    if (fds[0].revents != 0) return;
    signalfd_siginfo info{};
    if (ready > 0 && read(signal_fd_, &info, sizeof(info)) < 0) continue;
    if (info.ssi_signo == SIGHUP) {
      std::lock_guard lock(mutex_);
      if (hang_up_) hang_up_();
      if (hang_up_ || ignores_hangup_) continue;
    }
    const bool overdue = ready == 0 || source_.stop_requested();
    if (overdue) {
      std::lock_guard lock(mutex_);
      if (clean_up_) clean_up_();
      _exit(kExitCancelled);
    }
    if (overdue_ == Overdue::kAfterASecond) timeout_ms = kGraceMs;
    source_.request_stop();
  }
}

}  // namespace stemscribe::app
