#include "app/cli/exit_code.h"

namespace stemscribe::app {

ExitCode ExitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return kExitUsage;
    case ErrorCode::kInvalidAudioFile:
      return kExitBadInput;
    case ErrorCode::kCancelled:
      return kExitCancelled;
    default:
      return kExitFailed;
  }
}

}  // namespace stemscribe::app
