#include "sandbox/sandbox.h"

#include <fmt/format.h>
#include <link.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>
#include <system_error>

#include "base/error.h"
#include "sandbox/landlock.h"
#include "sandbox/syscall_filter.h"

namespace stemscribe::sandbox {
namespace {

namespace fs = std::filesystem;

int AddFolderOf(dl_phdr_info* library, size_t /*size*/, void* folders) {
  const fs::path path = library->dlpi_name;
  if (path.is_absolute()) {
    std::error_code ignored;
    static_cast<std::set<fs::path>*>(folders)->insert(
        fs::weakly_canonical(path, ignored).parent_path());
  }
  return 0;
}

/// As a line each, for the pipe between Try and its child.
std::string ToText(const Locks& locks) {
  return fmt::format("{}\n{}\n{}\n{}\n", locks.seccomp ? 1 : 0, locks.seccomp_fault,
                     locks.landlock_abi, locks.landlock_fault);
}

std::string TakeLine(std::string& text) {
  const size_t end = text.find('\n');
  const std::string line = text.substr(0, end);
  text.erase(0, end == std::string::npos ? end : end + 1);
  return line;
}

Locks FromText(std::string text) {
  if (text.empty())
    return {.seccomp_fault = "the trial failed", .landlock_fault = "the trial failed"};
  Locks locks;
  locks.seccomp = TakeLine(text) == "1";
  locks.seccomp_fault = TakeLine(text);
  locks.landlock_abi = std::atoi(TakeLine(text).c_str());
  locks.landlock_fault = TakeLine(text);
  return locks;
}

}  // namespace

Locks Enter(const Reach& reach) {
  for (const fs::path& path : reach.writable) {
    if (!fs::exists(path)) throw Error(ErrorCode::kNotFound, "there is no " + path.string());
  }
  Locks locks;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    locks.seccomp_fault = locks.landlock_fault = std::generic_category().message(errno);
    return locks;
  }
  locks.landlock_abi = LandlockAbi(locks.landlock_fault);
  if (locks.landlock_abi > 0) {
    locks.landlock_fault = RestrictFiles(reach, locks.landlock_abi);
    if (!locks.landlock_fault.empty()) locks.landlock_abi = 0;
  }
  locks.seccomp_fault = FilterSystemCalls();
  locks.seccomp = locks.seccomp_fault.empty();
  return locks;
}

std::vector<fs::path> SystemPaths() {
  std::set<fs::path> folders;
  dl_iterate_phdr(AddFolderOf, &folders);
  std::vector<fs::path> paths(folders.begin(), folders.end());
  for (const char* path :
       {"/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/proc/cpuinfo",
        "/proc/meminfo", "/proc/sys/vm/overcommit_memory", "/proc/self", "/proc/filesystems",
        "/sys/devices/system", "/sys/fs/cgroup", "/dev/null", "/dev/urandom"}) {
    paths.emplace_back(path);
  }
  return paths;
}

Locks Try() {
  std::array<int, 2> fds{};
  if (pipe(fds.data()) != 0) return FromText({});
  const pid_t pid = fork();
  if (pid == 0) {
    const std::string text = ToText(Enter({.readable = SystemPaths()}));
    const bool told = write(fds[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(told ? 0 : 1);
  }
  close(fds[1]);
  std::string text;
  std::array<char, 1024> block{};
  for (ssize_t count = 0; pid > 0 && (count = read(fds[0], block.data(), block.size())) > 0;) {
    text.append(block.data(), static_cast<size_t>(count));
  }
  close(fds[0]);
  if (pid > 0) waitpid(pid, nullptr, 0);
  return FromText(std::move(text));
}

}  // namespace stemscribe::sandbox
