// The identity of a running service process, and which others of this machine are dead: each holds
// a lock on a file of its own for as long as it lives, and the kernel lets go of it at any death.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "jobs/clock.h"
#include "jobs/unique_fd.h"

namespace stemscribe::jobs {

/// Owned by main, for the whole life of the process. Thread-safe.
class Instance {
 public:
  /// `folder`: for the lock files, made if missing. Throws Error{kIo}.
  explicit Instance(const std::filesystem::path& folder);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Host and folder, process id and a random part: the lease owner.
  const std::string& id() const { return id_; }

  /// The time just before this was made.
  TimePoint started_at() const { return started_at_; }

  /// Whether no other instance that shares the folder is alive, as far as can be known.
  bool IsAlone() const;

  /// Of `owners`, those of this host and folder that are proven dead: their lock file is free, or
  /// gone. Of others, only time tells.
  std::vector<std::string> Dead(const std::vector<std::string>& owners) const;

  /// Removes the lock files of the dead. Call after their leases were released.
  void ForgetDead() const;

 private:
  std::filesystem::path folder_;
  std::string id_;
  TimePoint started_at_;
  UniqueFd fd_;  // holds the lock
};

}  // namespace stemscribe::jobs
