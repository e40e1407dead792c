// Cancelling, deleting and queueing again; retention.
#include <fmt/format.h>

#include "db/job_row.h"
#include "db/sql_repository.h"

namespace stemscribe::db {
namespace {

using jobs::Job;
using jobs::JobEvent;

constexpr const char* kShown = "id = :id AND deleting = 0";

}  // namespace

Job SqlRepository::RequestCancel(const std::string& id) {
  std::optional<Job> result;
  pool_.Write([&](soci::session& session) {
    auto job = QueryJob(session, SelectToChange(kShown), Params().Text("id", id));
    if (!job) throw Error(ErrorCode::kJobNotFound, "no job has this id");
    if (job->status == jobs::JobStatus::kCancelled || job->cancel_requested) {
      result = std::move(job);
      return;
    }
    const bool is_running = job->status == jobs::JobStatus::kProcessing && !job->publishing;
    if (is_running) {
      job->cancel_requested = true;
    } else {
      Apply(*job, JobEvent::kCancelQueued, Now());  // refuses all but queued ones
    }
    result = Save(session, *job);
  });
  return std::move(result.value());  // NOLINT(bugprone-unchecked-optional-access): set above
}

std::optional<Job> SqlRepository::MarkDeleting(const std::string& id) {
  std::optional<Job> before;
  pool_.Write([&](soci::session& session) {
    before = QueryJob(session, SelectToChange(kShown), Params().Text("id", id));
    if (!before) return;
    // The key is free again: the same request may be made anew.
    Execute(
        session,
        "UPDATE jobs SET deleting = 1, idempotency_key = '', version = version + 1, "
        "cancel_requested = CASE WHEN status = 'processing' AND publishing = 0 THEN 1 ELSE 0 END "
        "WHERE id = :id",
        Params().Text("id", id));
  });
  return before;
}

bool SqlRepository::MarkExpired(const std::string& id, jobs::TimePoint limit) {
  std::vector<std::string> marked;
  pool_.Write([&](soci::session& session) {
    marked = QueryTexts(session,
                        "UPDATE jobs SET deleting = 1, idempotency_key = '', version = version + 1 "
                        "WHERE id = :id AND deleting = 0 AND completed_at IS NOT NULL AND "
                        "completed_at < :limit RETURNING id",
                        Params().Text("id", id).Integer("limit", ToMilliseconds(limit)));
  });
  return !marked.empty();
}

Job SqlRepository::Requeue(const std::string& id) {
  std::optional<Job> result;
  pool_.Write([&](soci::session& session) {
    auto job = QueryJob(session, SelectToChange(kShown), Params().Text("id", id));
    if (!job) throw Error(ErrorCode::kJobNotFound, "no job has this id");
    Apply(*job, JobEvent::kRequeue, Now());
    result = Save(session, *job);
  });
  return std::move(result.value());  // NOLINT(bugprone-unchecked-optional-access): set above
}

bool SqlRepository::IsDeletable(const std::string& id) {
  std::optional<int64_t> count;
  pool_.Read([&](soci::session& session) {
    count = QueryInteger(session,
                         "SELECT count(*) FROM jobs WHERE id = :id AND deleting = 1 AND "
                         "(status <> 'processing' OR lease_expires_at < :now)",
                         Params().Text("id", id).Integer("now", ToMilliseconds(Now())));
  });
  return count == 1;
}

void SqlRepository::EraseRow(const std::string& id) {
  pool_.Write([&](soci::session& session) {
    Execute(session, "DELETE FROM jobs WHERE id = :id AND deleting = 1", Params().Text("id", id));
  });
}

std::vector<std::string> SqlRepository::DeletingJobs() {
  return ReadTexts(
      "SELECT id FROM jobs WHERE deleting = 1 AND "
      "(status <> 'processing' OR lease_expires_at < :now)",
      Params().Integer("now", ToMilliseconds(Now())));
}

std::vector<Job> SqlRepository::JobsEndedBefore(jobs::TimePoint time, int limit) {
  std::vector<Job> found;
  pool_.Read([&](soci::session& session) {
    found =
        QueryJobs(session,
                  SelectJobs("deleting = 0 AND completed_at IS NOT NULL AND "
                             "completed_at < :time ORDER BY completed_at, id LIMIT :limit"),
                  Params().Integer("time", ToMilliseconds(time)).Integer("limit", int64_t{limit}));
  });
  return found;
}

std::vector<std::string> SqlRepository::Existing(const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  Params params;
  const std::string list = TextList(params, "id", ids);
  return ReadTexts("SELECT id FROM jobs WHERE id IN (" + list + ")", params);
}

std::vector<std::string> SqlRepository::QueuedJobs(int limit, const std::string& after) {
  return ReadTexts(
      "SELECT id FROM jobs WHERE status = 'queued' AND deleting = 0 AND "
      "(created_at, id) > (CASE WHEN :after = '' THEN 0 ELSE "
      "(SELECT created_at FROM jobs WHERE id = :after) END, :after) "
      "ORDER BY created_at, id LIMIT :limit",
      Params().Text("after", after).Integer("limit", int64_t{limit}));
}

bool SqlRepository::TakeTurn(const std::string& name, const std::string& owner,
                             jobs::Milliseconds hold) {
  const int64_t now = ToMilliseconds(Now());
  std::vector<std::string> taken;
  pool_.Write([&](soci::session& session) {
    taken = QueryTexts(session,
                       "INSERT INTO turns (name, owner, expires_at) VALUES (:name, :owner, "
                       ":expires_at) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, "
                       "expires_at = excluded.expires_at WHERE turns.owner = :owner OR "
                       "turns.expires_at <= :now RETURNING name",
                       Params()
                           .Text("name", name)
                           .Text("owner", owner)
                           .Integer("expires_at", now + hold.count())
                           .Integer("now", now));
  });
  return !taken.empty();
}

}  // namespace stemscribe::db
