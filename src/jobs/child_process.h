// One child process in bounds: its own process group, a clean environment, limits on memory, CPU,
// file size and time; whatever happens, nothing of it is left running.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::jobs {

/// 0 always means: no limit.
struct ChildLimits {
  Milliseconds wall{0};     // then it is killed: kTimedOut
  Milliseconds silence{0};  // without a line of progress: killed, kHung
  int64_t address_space_bytes = 0;
  int64_t file_size_bytes = 0;  // of each file
  int64_t cpu_sec = 0;
  int64_t num_files = 0;
  int64_t output_bytes = 0;       // of ChildSpec::output_dir, looked at now and then: kOverfilled
  int nice = 0;                   // added to ours
  Milliseconds term_grace{1000};  // between SIGTERM and SIGKILL
};

struct ChildSpec {
  std::filesystem::path program{};
  std::vector<std::string> arguments{};    // without argv[0]
  std::vector<std::string> environment{};  // NAME=value; nothing else is passed on
  std::filesystem::path working_dir{};     // empty: ours
  std::filesystem::path output_dir{};      // measured if there is a limit of output_bytes
  ChildLimits limits{};
  std::string
      progress_fd_flag;      // e.g. "--progress-fd": it and the number are appended; empty: none
  bool takes_input = false;  // Child::Send will write to its stdin; else that is empty
  std::function<void(std::string_view line)> on_progress_line{};  // on the calling thread
  std::function<void()> on_tick{};      // every 50 ms or so while it runs, on the calling thread
  size_t max_output_bytes = 64 * 1024;  // kept of each stdout and stderr: the last
};

enum class ChildEnd { kExited, kSignalled, kTimedOut, kHung, kOverfilled, kCancelled };

struct ChildResult {
  ChildEnd end = ChildEnd::kExited;
  int exit_code = 0;  // kExited
  int signal = 0;     // kSignalled
  std::string out{};  // the last max_output_bytes of stdout
  std::string err{};  // and of stderr
  double wall_sec = 0;
};

/// A child that runs. Destroyed before its end, it is killed with its whole process group. It also
/// dies with the thread that started it. Not thread-safe, but may move between threads.
class Child {
 public:
  /// Starts it. Throws Error{kUnavailable} if that fails.
  explicit Child(ChildSpec spec);
  ~Child();
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;

  /// Gives it `text` (at most 4 KiB) as all of its standard input, and starts its time anew. False
  /// if it no longer reads.
  bool Send(std::string_view text);

  /// Waits for its end, once; a stop ends it with SIGTERM, then SIGKILL. Its whole process group is
  /// dead on return.
  ChildResult Wait(const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Runs a child from its start to its end. Thread-safe.
ChildResult RunChild(const ChildSpec& spec, const std::stop_token& stop);

/// PATH, HOME, LANG, TZ, LD_LIBRARY_PATH and STEMSCRIBE_MODELS of our own environment: no secrets.
std::vector<std::string> CleanEnvironment();

}  // namespace stemscribe::jobs
