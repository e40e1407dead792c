// The exit codes of the programs, and the one table from errors to them.
#pragma once

#include "base/error.h"

namespace stemscribe::app {

enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 2,
  kExitBadInput = 3,
  kExitFailed = 4,
  kExitCancelled = 130,
};

ExitCode ExitCodeFor(ErrorCode code);

}  // namespace stemscribe::app
