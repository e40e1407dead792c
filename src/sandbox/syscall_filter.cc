#include "sandbox/syscall_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace stemscribe::sandbox {
namespace {

// Names, not numbers: which of them there are depends on the processor.
constexpr const char* kAllowed[] = {
    // What is open already.
    "read",
    "write",
    "readv",
    "writev",
    "pread64",
    "pwrite64",
    "preadv",
    "pwritev",
    "preadv2",
    "pwritev2",
    "lseek",
    "_llseek",
    "close",
    "close_range",
    "dup",
    "dup2",
    "dup3",
    "flock",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "ftruncate",
    "ftruncate64",
    "fallocate",
    "fadvise64",
    "fadvise64_64",
    "copy_file_range",
    "sendfile",
    "sendfile64",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "select",
    "_newselect",
    "pselect6",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "eventfd",
    "eventfd2",
    "signalfd",
    "signalfd4",
    "timerfd_create",
    "timerfd_settime",
    "timerfd_gettime",
    // Files; which ones is for Landlock to say, so nothing that it does not know: modes, owners,
    // times.
    "open",
    "openat",
    "stat",
    "stat64",
    "fstat",
    "fstat64",
    "lstat",
    "lstat64",
    "newfstatat",
    "fstatat64",
    "statx",
    "statfs",
    "statfs64",
    "fstatfs",
    "fstatfs64",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "getdents",
    "getdents64",
    "getcwd",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "umask",
    // Memory.
    "brk",
    "mmap",
    "mmap2",
    "munmap",
    "mprotect",
    "mremap",
    "madvise",
    "mincore",
    "msync",
    "mlock",
    "munlock",
    "get_mempolicy",
    "mbind",
    "membarrier",
    // Threads.
    "exit",
    "exit_group",
    "futex",
    "futex_time64",
    "futex_waitv",
    "set_robust_list",
    "get_robust_list",
    "set_tid_address",
    "rseq",
    "gettid",
    "sched_yield",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_get_priority_min",
    "sched_get_priority_max",
    "getcpu",
    "arch_prctl",
    "restart_syscall",
    // Signals, of which it may send only to itself.
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "rt_sigpending",
    "rt_sigsuspend",
    "sigaltstack",
    "sigreturn",
    // What it may know of itself, the machine and the time.
    "getpid",
    "getppid",
    "getpgrp",
    "getpgid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getresuid",
    "getresgid",
    "getpriority",
    "getrlimit",
    "ugetrlimit",
    "getrusage",
    "times",
    "uname",
    "sysinfo",
    "getrandom",
    "time",
    "gettimeofday",
    "clock_gettime",
    "clock_gettime64",
    "clock_getres",
    "clock_getres_time64",
    "clock_nanosleep",
    "clock_nanosleep_time64",
    "nanosleep",
};

class Filter {
 public:
  Filter() : filter_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release) {
    if (!filter_) Note(-ENOMEM);
    if (filter_) Note(seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
  }

  /// A name that is none on this processor is passed over.
  void Allow(const char* name) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number >= 0) Add(SCMP_ACT_ALLOW, number, {});
  }

  void AllowIf(int number, scmp_arg_cmp condition) { Add(SCMP_ACT_ALLOW, number, &condition); }

  std::string Load() {
    if (fault_ == 0) Note(seccomp_load(filter_.get()));
    return fault_ == 0 ? "" : std::generic_category().message(-fault_);
  }

 private:
  void Add(uint32_t action, int number, const scmp_arg_cmp* condition) {
    if (fault_ != 0) return;
    Note(seccomp_rule_add_array(filter_.get(), action, number, condition ? 1 : 0, condition));
  }

  void Note(int code) {
    if (fault_ == 0 && code < 0) fault_ = code;
  }

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter_;
  int fault_ = 0;
};

scmp_arg_cmp Equals(unsigned index, uint64_t value) {
  return {.arg = index, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

scmp_arg_cmp HasBits(unsigned index, uint64_t bits) {
  return {.arg = index, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = bits};
}

}  // namespace

std::string FilterSystemCalls() {
  Filter filter;
  for (const char* name : kAllowed) filter.Allow(name);
  // Threads, but no processes. glibc asks clone3 first, whose flags no filter can see; the ENOSYS
  // that it gets makes it ask clone.
  filter.AllowIf(SYS_clone, HasBits(0, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND));
  // Not who gets the signals of a file, which could be anybody's process, nor leases.
  for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK,
                            F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW}) {
    filter.AllowIf(SYS_fcntl, Equals(1, static_cast<uint64_t>(command)));
  }
  filter.AllowIf(SYS_sched_setaffinity, Equals(0, 0));  // of the calling thread
  const auto self = static_cast<uint64_t>(getpid());
  filter.AllowIf(SYS_kill, Equals(0, self));
  filter.AllowIf(SYS_tgkill, Equals(0, self));
  // Limits may be read, not set.
  filter.AllowIf(SYS_prlimit64, Equals(2, 0));
  for (const unsigned long request : {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX}) {
    filter.AllowIf(SYS_ioctl, Equals(1, request));
  }
  constexpr int kSetNameOfMemory = 0x53564d41;  // PR_SET_VMA, newer than some headers
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS,
                           PR_GET_DUMPABLE, kSetNameOfMemory}) {
    filter.AllowIf(SYS_prctl, Equals(0, static_cast<uint64_t>(option)));
  }
  return filter.Load();
}

}  // namespace stemscribe::sandbox
