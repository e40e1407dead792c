// Locks the calling process in, for good: no network, no new programs or processes, no rights to be
// gained, and of the file system only what is named. docs/SECURITY.md tells against whom.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stemscribe::sandbox {

/// What stays reachable: files, or folders with all that is below them. What does not exist is
/// passed over.
struct Reach {
  std::vector<std::filesystem::path> readable{};
  std::vector<std::filesystem::path> writable{};  // readable, too
};

/// What of the kernel is in force; each fault is empty if its part is.
struct Locks {
  bool seccomp = false;
  std::string seccomp_fault{};
  int landlock_abi = 0;  // 0: none
  std::string landlock_fault{};
};

/// Call before any other thread is started, and after everything of which the path is not in
/// `reach` was opened: open descriptors stay as they are. What this kernel cannot do is told, not
/// thrown: the other part still holds. Throws Error{kNotFound} if a writable folder does not exist.
Locks Enter(const Reach& reach);

/// What any program here needs to read: the libraries that are loaded and those beside them, what
/// the kernel tells of the machine, the time zone.
std::vector<std::filesystem::path> SystemPaths();

/// What Enter would give, tried in a child process. Call before any other thread is started.
Locks Try();

}  // namespace stemscribe::sandbox
