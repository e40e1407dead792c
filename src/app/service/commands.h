// The commands of stemscribed but `serve`. Each returns the exit code, and throws Error.
#pragma once

#include <stop_token>
#include <string>

#include "config/settings.h"

namespace stemscribe::app {

/// Blocks until a stop is requested.
void WaitFor(const std::stop_token& stop);

/// Works on the jobs that others accept, until a stop is requested; then drains.
int RunWorker(const config::Settings& settings, const std::stop_token& stop);

int ListJobs(const config::Settings& settings, const std::string& status, int limit);
int ShowJob(const config::Settings& settings, const std::string& id);

/// Queues failed jobs again: one, or all with "all".
int RequeueJobs(const config::Settings& settings, const std::string& id);

/// Copies jobs, results and blobs of `from` to the database and the storage of `settings`. What is
/// there already is left as it is, so it can be run again after an interruption.
int MigrateData(const config::Settings& from, const config::Settings& settings);

}  // namespace stemscribe::app
