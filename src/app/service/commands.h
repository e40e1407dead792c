// The commands of stemscribed but `serve`. Each returns the exit code, and throws Error.
#pragma once

#include <cstdint>
#include <filesystem>
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

struct NewKeyOptions {
  std::string name{};
  bool is_admin = false;
  int priority = 0;                                         // as auth::Key
  int expires_days = 0;                                     // 0: never
  int64_t jobs_a_day = 0, minutes_a_day = 0, mb_a_day = 0;  // 0: no limit
};

/// Each prints for people, or one JSON document.
int CreateKey(const config::Settings& settings, const NewKeyOptions& options, bool as_json);
int ListKeys(const config::Settings& settings, bool as_json);
int RevokeKey(const config::Settings& settings, const std::string& id);
int RotateKey(const config::Settings& settings, const std::string& id, bool as_json);

/// Copies jobs, results and blobs of `from` to the database and the storage of `settings`. What is
/// there already is left as it is, so it can be run again after an interruption.
int MigrateData(const config::Settings& from, const config::Settings& settings);

/// Makes `folder` a copy of all jobs, keys and blobs, of the moment when the rows are read; the
/// service may run. An embedded installation, with api.db and storage/: MigrateData takes it back.
/// What an earlier backup left there is used, and stays as it is until this one is whole.
int Backup(const config::Settings& settings, const std::filesystem::path& folder);

}  // namespace stemscribe::app
