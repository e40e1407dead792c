// Opens the repository of jobs. See jobs/job_repository.h for what it promises.
#pragma once

#include <filesystem>
#include <memory>

#include "jobs/clock.h"
#include "jobs/job_repository.h"

namespace stemscribe::db {

struct RepositorySettings {
  std::string url = "sqlite:///./api.db";  // sqlite:///relative/path, sqlite:////absolute/path
  int pool_size = 8;
  int max_tries = 3;      // that count: failures like crashes, and leases that ran out
  int max_attempts = 20;  // those after our own deaths, too
};

/// Opens the database that the URL names, and brings its schema up to date. `clock` must outlive
/// it. Throws Error{kInvalidArgument} for a URL we do not know, Error{kUnavailable} if it cannot be
/// opened.
std::unique_ptr<jobs::JobRepository> OpenRepository(const RepositorySettings& settings,
                                                    const jobs::Clock& clock);

}  // namespace stemscribe::db
