// Landlock: which files a process may reach (Linux 5.13 and later). See landlock(7).
#pragma once

#include <string>

#include "sandbox/sandbox.h"

namespace stemscribe::sandbox {

/// The version that the kernel offers; 0 with the reason in `fault`.
int LandlockAbi(std::string& fault);

/// Restricts the calling thread and all it starts; it needs no_new_privs. Also shuts TCP ports (ABI
/// 4), and signals and abstract sockets to processes outside (ABI 6). Returns the reason if it
/// cannot, else an empty text.
std::string RestrictFiles(const Reach& reach, int abi);

}  // namespace stemscribe::sandbox
