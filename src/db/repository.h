// Opens the repository of jobs. See jobs/job_repository.h for what it promises.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "db/database.h"
#include "jobs/clock.h"
#include "jobs/job_repository.h"
#include "jobs/outbox.h"

namespace stemscribe::db {

struct RepositorySettings {
  std::string url = DatabaseSettings().url;
  int pool_size = 8;
  jobs::Milliseconds timeout = DatabaseSettings().timeout;
  int max_tries = 3;        // that count: failures like crashes, and leases that ran out
  int max_attempts = 20;    // those after our own deaths, too
  bool has_outbox = false;  // announcements go through it; somebody must empty it
  jobs::Milliseconds patience{std::chrono::seconds(30)};  // with a shared one that is not up yet
  std::function<void(const std::string& reason)> on_waiting{};
  const jobs::Clock* machine_clock = nullptr;  // to compare with the database's; null: the system's
};

struct PoolUse {
  int busy = 0;
  int size = 0;
};

/// Thread-safe.
class Repository : public jobs::JobRepository, public jobs::Outbox {
 public:
  /// The connections to the database.
  virtual PoolUse Connections() const = 0;
};

/// Opens the database that the URL names, and brings its schema up to date. `clock` must outlive
/// it. Throws Error{kInvalidArgument} for a URL we do not know, Error{kUnavailable} if it cannot be
/// opened.
std::unique_ptr<Repository> OpenRepository(const RepositorySettings& settings,
                                           const jobs::Clock& clock);

}  // namespace stemscribe::db
