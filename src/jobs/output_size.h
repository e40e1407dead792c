// How much a child process has written.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>

namespace stemscribe::jobs {

/// The bytes of all that is below `folder`, and of the files without a name that the process holds
/// open. An entry counts as a block at least, however empty it is, and a hole as what it stands
/// for. Counts no further than just beyond `limit`. What vanishes meanwhile, or is no business of
/// ours, counts nothing.
int64_t OutputSize(const std::filesystem::path& folder, pid_t pid, int64_t limit);

}  // namespace stemscribe::jobs
