// stemscribed jobs: what an operator looks at and puts right without the API.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/exit_code.h"
#include "app/service/commands.h"
#include "app/service/core.h"
#include "base/error.h"
#include "jobs/job_event.h"

namespace stemscribe::app {
namespace {

constexpr int kPageSize = 200;

class JobBook {
 public:
  explicit JobBook(const config::Settings& settings)
      : repository_(db::OpenRepository(ToRepositorySettings(settings), clock_)) {}

  db::Repository& repository() { return *repository_; }

  /// Newest first, at most `limit` (0: all).
  std::vector<jobs::Job> Jobs(const jobs::JobFilter& filter, int limit) {
    std::vector<jobs::Job> found;
    std::string cursor;
    do {
      const int wanted =
          limit == 0 ? kPageSize : std::min(kPageSize, limit - static_cast<int>(found.size()));
      jobs::JobPage page = repository_->List(filter, wanted, cursor);
      std::move(page.jobs.begin(), page.jobs.end(), std::back_inserter(found));
      cursor = page.next_cursor;
    } while (!cursor.empty() && (limit == 0 || static_cast<int>(found.size()) < limit));
    return found;
  }

 private:
  const jobs::SystemClock clock_;
  const std::unique_ptr<db::Repository> repository_;
};

jobs::JobFilter FilterFor(const std::string& status) {
  if (status.empty()) return {};
  const auto known = jobs::ParseStatus(status);
  if (!known) {
    throw Error(ErrorCode::kInvalidArgument, "unknown status",
                {{"--status", "must be queued, processing, completed, failed or cancelled"}});
  }
  return {.statuses = {*known}};
}

void PrintField(const char* name, const std::string& value) {
  if (!value.empty()) fmt::print("{:<14} {}\n", name, value);
}

std::string TimeText(const std::optional<jobs::TimePoint>& time) {
  return time ? jobs::FormatUtc(*time) : "";
}

}  // namespace

int ListJobs(const config::Settings& settings, const std::string& status, int limit) {
  for (const jobs::Job& job : JobBook(settings).Jobs(FilterFor(status), limit)) {
    fmt::print("{}  {:<10} {:>3} %  {}  {}{}\n", job.id, jobs::StatusName(job.status), job.progress,
               jobs::FormatUtc(job.created_at), job.input_filename,
               job.error_message.empty() ? "" : "  (" + job.error_message + ")");
  }
  return kExitOk;
}

int ShowJob(const config::Settings& settings, const std::string& id) {
  const jobs::Job job = jobs::GetJob(JobBook(settings).repository(), id);
  PrintField("id", job.id);
  PrintField("status", std::string(jobs::StatusName(job.status)));
  PrintField("progress", fmt::format("{} %", job.progress));
  PrintField("song", job.input_filename);
  PrintField("bytes", std::to_string(job.file_size));
  PrintField("owner", job.owner);
  PrintField("priority", std::to_string(job.priority));
  PrintField("created", jobs::FormatUtc(job.created_at));
  PrintField("started", TimeText(job.started_at));
  PrintField("ended", TimeText(job.completed_at));
  PrintField("tries", std::to_string(job.tries));
  PrintField("attempt", std::to_string(job.attempt));
  PrintField("worker", job.lease_owner);
  PrintField("lease until", TimeText(job.lease_expires_at));
  PrintField("error", job.error_message);
  return kExitOk;
}

int RequeueJobs(const config::Settings& settings, const std::string& id) {
  JobBook book(settings);
  std::vector<std::string> ids{id};
  if (id == "all") {
    ids.clear();
    for (const jobs::Job& job : book.Jobs({.statuses = {jobs::JobStatus::kFailed}}, 0)) {
      ids.push_back(job.id);
    }
  }
  // Workers hear of them through the outbox, or look for themselves.
  for (const std::string& each : ids) {
    try {
      book.repository().Requeue(each);
      fmt::print("queued {}\n", each);
    } catch (const Error& error) {
      const bool has_changed =
          error.code() == ErrorCode::kJobNotFound || error.code() == ErrorCode::kConflict;
      if (id != "all" || !has_changed) throw;  // of all, some may be gone or queued by now
    }
  }
  return kExitOk;
}

}  // namespace stemscribe::app
