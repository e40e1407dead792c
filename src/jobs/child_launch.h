// Starts a child: pipes, limits, process group. What happens between fork and exec is here alone.
#pragma once

#include <sys/types.h>

#include "jobs/child_process.h"
#include "jobs/unique_fd.h"

namespace stemscribe::jobs {

struct LaunchedChild {
  pid_t pid = -1;  // also the number of its process group
  UniqueFd in;     // a socket; closed if the spec takes no input
  UniqueFd out;    // we read; none of these waits
  UniqueFd err;
  UniqueFd progress;  // closed if the spec asks for none
  UniqueFd wake_in;   // a pipe to ourselves
  UniqueFd wake_out;
};

/// Throws Error{kUnavailable} if the program cannot be started.
LaunchedChild LaunchChild(const ChildSpec& spec);

}  // namespace stemscribe::jobs
