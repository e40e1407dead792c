#include "db/job_row.h"

#include <boost/json.hpp>

namespace stemscribe::db {
namespace {

jobs::TimePoint ToTime(int64_t milliseconds) {
  return jobs::TimePoint(jobs::Milliseconds(milliseconds));
}

template <typename T>
std::optional<T> Maybe(soci::indicator indicator, T value) {
  return indicator == soci::i_ok ? std::optional<T>(std::move(value)) : std::nullopt;
}

std::optional<jobs::TimePoint> MaybeTime(soci::indicator indicator, int64_t milliseconds) {
  return Maybe(indicator, ToTime(milliseconds));
}

}  // namespace

const std::string_view kJobColumns =
    "id, status, stage, progress, seconds_left, created_at, started_at, completed_at, error_code, "
    "error_message, input_filename, input_blob, file_size, content_sha256, duration_sec, name, "
    "options, callback_url, owner, trace_parent, trace_state, program_version, priority, tries, "
    "attempt, lease_owner, lease_expires_at, cancel_requested, publishing, version";

int64_t ToMilliseconds(jobs::TimePoint time) { return time.time_since_epoch().count(); }

std::optional<int64_t> ToMilliseconds(const std::optional<jobs::TimePoint>& time) {
  return time ? std::optional(ToMilliseconds(*time)) : std::nullopt;
}

void JobRow::Bind(soci::statement& statement) {
  using soci::into;
  statement.exchange(into(id_));
  statement.exchange(into(status_));
  statement.exchange(into(stage_, has_stage_));
  statement.exchange(into(progress_));
  statement.exchange(into(seconds_left_, has_seconds_left_));
  statement.exchange(into(created_at_));
  statement.exchange(into(started_at_, has_started_at_));
  statement.exchange(into(completed_at_, has_completed_at_));
  statement.exchange(into(error_code_));
  statement.exchange(into(error_message_));
  statement.exchange(into(input_filename_));
  statement.exchange(into(input_blob_));
  statement.exchange(into(file_size_));
  statement.exchange(into(content_sha256_));
  statement.exchange(into(duration_sec_, has_duration_));
  statement.exchange(into(name_));
  statement.exchange(into(options_));
  statement.exchange(into(callback_url_));
  statement.exchange(into(owner_));
  statement.exchange(into(trace_parent_));
  statement.exchange(into(trace_state_));
  statement.exchange(into(program_version_));
  statement.exchange(into(priority_));
  statement.exchange(into(tries_));
  statement.exchange(into(attempt_));
  statement.exchange(into(lease_owner_));
  statement.exchange(into(lease_expires_at_, has_lease_));
  statement.exchange(into(cancel_requested_));
  statement.exchange(into(publishing_));
  statement.exchange(into(version_));
}

jobs::Job JobRow::ToJob() const {
  jobs::Job job;
  job.id = id_;
  const auto status = jobs::ParseStatus(status_);
  if (!status) throw Error(ErrorCode::kInternal, "a stored job has an unknown status");
  job.status = *status;
  if (has_stage_ == soci::i_ok) job.stage = jobs::ParseStage(stage_);
  job.progress = static_cast<int>(progress_);
  job.seconds_left = Maybe(has_seconds_left_, seconds_left_);
  job.created_at = ToTime(created_at_);
  job.started_at = MaybeTime(has_started_at_, started_at_);
  job.completed_at = MaybeTime(has_completed_at_, completed_at_);
  job.error_code = error_code_;
  job.error_message = error_message_;
  job.input_filename = input_filename_;
  job.input_blob = input_blob_;
  job.file_size = file_size_;
  job.content_sha256 = content_sha256_;
  job.duration_sec = Maybe(has_duration_, duration_sec_);
  job.name = name_;
  boost::system::error_code fault;
  const boost::json::value options = boost::json::parse(options_, fault);
  if (fault || !options.is_object())
    throw Error(ErrorCode::kInternal, "stored options are damaged");
  job.options = jobs::OptionsFromJson(options.as_object());
  job.callback_url = callback_url_;
  job.owner = owner_;
  job.trace = {trace_parent_, trace_state_};
  job.program_version = program_version_;
  job.priority = static_cast<int>(priority_);
  job.tries = static_cast<int>(tries_);
  job.attempt = attempt_;
  job.lease_owner = lease_owner_;
  job.lease_expires_at = MaybeTime(has_lease_, lease_expires_at_);
  job.cancel_requested = cancel_requested_ != 0;
  job.publishing = publishing_ != 0;
  job.version = version_;
  return job;
}

PreparedJobQuery::PreparedJobQuery(soci::session& session, const std::string& sql)
    : statement_(session) {
  statement_.alloc();
  row_.Bind(statement_);
  statement_.exchange(soci::use(key_, "key"));
  statement_.prepare(sql);
  statement_.define_and_bind();
}

std::optional<jobs::Job> PreparedJobQuery::Run(const std::string& key) {
  key_ = key;
  std::optional<jobs::Job> job;
  // To the end, so that no read transaction stays open.
  for (bool has_row = statement_.execute(true); has_row; has_row = statement_.fetch()) {
    if (!job) job = row_.ToJob();
  }
  return job;
}

std::vector<jobs::Job> QueryJobs(soci::session& session, const std::string& sql, Params params) {
  std::vector<jobs::Job> found;
  JobRow row;
  Execute(
      session, sql, std::move(params), [&](soci::statement& statement) { row.Bind(statement); },
      [&] { found.push_back(row.ToJob()); });
  return found;
}

std::optional<jobs::Job> QueryJob(soci::session& session, const std::string& sql, Params params) {
  std::vector<jobs::Job> found = QueryJobs(session, sql, std::move(params));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace stemscribe::db
