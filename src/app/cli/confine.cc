#include "app/cli/confine.h"

#include "base/error.h"
#include "sandbox/sandbox.h"

namespace stemscribe::app {

void Confine(const std::string& mode, std::vector<std::filesystem::path> readable,
             std::vector<std::filesystem::path> writable) {
  if (mode == "off") return;
  for (std::filesystem::path& path : sandbox::SystemPaths()) readable.push_back(std::move(path));
  const sandbox::Locks locks =
      sandbox::Enter({.readable = std::move(readable), .writable = std::move(writable)});
  if (mode != "require") return;
  if (!locks.seccomp) {
    throw Error(ErrorCode::kUnavailable, "no sandbox: there is no seccomp: " + locks.seccomp_fault);
  }
  if (locks.landlock_abi == 0) {
    throw Error(ErrorCode::kUnavailable,
                "no sandbox: there is no Landlock: " + locks.landlock_fault);
  }
}

}  // namespace stemscribe::app
