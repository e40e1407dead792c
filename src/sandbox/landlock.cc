#include "sandbox/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace stemscribe::sandbox {
namespace {

// The system's header may be older than the kernel that we run on.
struct RulesetAttr {
  uint64_t files;
  uint64_t net;
  uint64_t scopes;
};
constexpr uint64_t kTruncate = uint64_t{1} << 14;
constexpr uint64_t kIoctlDev = uint64_t{1} << 15;
constexpr uint64_t kNetBindAndConnect = 3;
constexpr uint64_t kScopeSocketsAndSignals = 3;

constexpr uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kWriteFile = kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
constexpr uint64_t kWrite = kRead | kWriteFile | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER;

std::string Fault(const char* what) {
  return std::string(what) + ": " + std::generic_category().message(errno);
}

/// Every right to files that this version knows; what is not granted is refused.
uint64_t AllFileRights(int abi) {
  uint64_t rights = LANDLOCK_ACCESS_FS_REFER - 1;  // those of version 1
  if (abi >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) rights |= kTruncate;
  if (abi >= 5) rights |= kIoctlDev;
  return rights;
}

class Fd {
 public:
  explicit Fd(long fd) : fd_(static_cast<int>(fd)) {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Nothing that is not there can be reached anyway.
bool Allow(const Fd& ruleset, const std::filesystem::path& path, uint64_t rights_in_folder,
           uint64_t rights_to_file, uint64_t handled) {
  const Fd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat about {};
  if (fd.get() < 0 || fstat(fd.get(), &about) != 0) return true;
  const uint64_t rights = S_ISDIR(about.st_mode) ? rights_in_folder : rights_to_file;
  const landlock_path_beneath_attr rule{rights & handled, fd.get()};
  return syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

int LandlockAbi(std::string& fault) {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi >= 1) return static_cast<int>(abi);
  fault = errno == EOPNOTSUPP ? "switched off at boot" : Fault("not in this kernel");
  return 0;
}

std::string RestrictFiles(const Reach& reach, int abi) {
  const RulesetAttr attributes{.files = AllFileRights(abi),
                               .net = abi >= 4 ? kNetBindAndConnect : 0,
                               .scopes = abi >= 6 ? kScopeSocketsAndSignals : 0};
  // A kernel takes what is longer than it knows if the rest is zero.
  const Fd ruleset(syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0));
  if (ruleset.get() < 0) return Fault("landlock_create_ruleset");
  for (const auto& path : reach.readable) {
    if (!Allow(ruleset, path, kRead, kReadFile, attributes.files))
      return Fault("landlock_add_rule");
  }
  for (const auto& path : reach.writable) {
    if (!Allow(ruleset, path, kWrite, kWriteFile, attributes.files)) {
      return Fault("landlock_add_rule");
    }
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return Fault("landlock_restrict_self");
  }
  return {};
}

}  // namespace stemscribe::sandbox
