// Helpers of tests: a server program of somebody else, on a private port, that goes with the test.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/test_folder.h"
#include "jobs/unique_fd.h"

namespace stemscribe::jobs {

inline sockaddr_in LocalAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

inline bool IsListening(int port) {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = LocalAddress(port);
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

/// A port that was free just now.
inline int FreePort() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = LocalAddress(0);
  socklen_t size = sizeof(address);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("there is no free port");
  }
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

class TestServer {
 public:
  /// `command`: program and arguments; it must listen at 127.0.0.1:port.
  TestServer(std::vector<std::string> command, int port)
      : command_(std::move(command)), port_(port) {}
  ~TestServer() { Kill(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  int port() const { return port_; }

  /// Whether it is up, at the end of this call.
  bool Start() {
    std::vector<char*> arguments;
    for (std::string& word : command_) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int null = open("/dev/null", O_RDWR);
      for (const int stream : {0, 1, 2}) dup2(null, stream);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    return Eventually([this] { return IsListening(port_) || HasEnded(); }) && pid_ > 0;
  }

  void Signal(int signal) const {
    if (pid_ > 0) kill(pid_, signal);
  }

  /// Sends `signal` and waits for the end.
  void Stop(int signal) {
    if (pid_ <= 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void Kill() { Stop(SIGKILL); }

  bool is_running() const { return pid_ > 0; }

 private:
  bool HasEnded() {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0;
  }

  std::vector<std::string> command_;
  const int port_;
  pid_t pid_ = -1;
};

}  // namespace stemscribe::jobs
