// seccomp: which system calls a process may make.
#pragma once

#include <string>

namespace stemscribe::sandbox {

/// Loads the filter for all threads of this process; it needs no_new_privs. Only what computing and
/// files need is let through: no sockets, processes, programs, or rights. All else fails with
/// ENOSYS, as if the kernel were older: libraries have a way around what is merely new. Returns the
/// reason if it cannot be loaded, else an empty text.
std::string FilterSystemCalls();

}  // namespace stemscribe::sandbox
