// A row of the table of jobs, to and from jobs::Job.
#pragma once

#include <soci/soci.h>

#include <string>
#include <string_view>

#include "db/query.h"
#include "jobs/job.h"

namespace stemscribe::db {

/// The columns of a Job, in the order of JobRow::Bind: for SELECT and RETURNING.
extern const std::string_view kJobColumns;

int64_t ToMilliseconds(jobs::TimePoint time);
std::optional<int64_t> ToMilliseconds(const std::optional<jobs::TimePoint>& time);

/// Where SOCI puts a row. Keep it in place while the statement lives.
class JobRow {
 public:
  void Bind(soci::statement& statement);

  /// The job of the row that was fetched last. Throws Error{kInternal} if it makes no sense.
  jobs::Job ToJob() const;

 private:
  std::string id_, status_, stage_, error_code_, error_message_, input_filename_, input_blob_,
      content_sha256_, name_, options_, callback_url_, owner_, trace_parent_, trace_state_,
      program_version_, lease_owner_;
  long long progress_ = 0, created_at_ = 0, started_at_ = 0, completed_at_ = 0, file_size_ = 0,
            priority_ = 0, tries_ = 0, attempt_ = 0, lease_expires_at_ = 0, cancel_requested_ = 0,
            publishing_ = 0, version_ = 0;
  double seconds_left_ = 0, duration_sec_ = 0;
  soci::indicator has_stage_ = soci::i_null, has_seconds_left_ = soci::i_null,
                  has_started_at_ = soci::i_null, has_completed_at_ = soci::i_null,
                  has_duration_ = soci::i_null, has_lease_ = soci::i_null;
};

/// A query for jobs by one text parameter, prepared once: for those that are asked all the time.
/// Must not outlive its session. Not thread-safe.
class PreparedJobQuery {
 public:
  /// `sql` gives kJobColumns and has the parameter :key.
  PreparedJobQuery(soci::session& session, const std::string& sql);
  PreparedJobQuery(const PreparedJobQuery&) = delete;
  PreparedJobQuery& operator=(const PreparedJobQuery&) = delete;

  /// The first job found. After an exception, make a new query.
  std::optional<jobs::Job> Run(const std::string& key);

 private:
  JobRow row_;
  std::string key_;
  soci::statement statement_;
};

/// All jobs that `sql` (its columns being kJobColumns) gives.
std::vector<jobs::Job> QueryJobs(soci::session& session, const std::string& sql, Params params);

/// The first of them.
std::optional<jobs::Job> QueryJob(soci::session& session, const std::string& sql, Params params);

}  // namespace stemscribe::db
