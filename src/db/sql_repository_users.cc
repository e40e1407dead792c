// Cancelling and deleting, retention, and the outbox of webhooks.
#include <fmt/format.h>

#include "db/job_row.h"
#include "db/sql_repository.h"

namespace stemscribe::db {
namespace {

using jobs::Job;
using jobs::JobEvent;

}  // namespace

Job SqlRepository::RequestCancel(const std::string& id) {
  std::optional<Job> result;
  pool_.Write([&](soci::session& session) {
    auto job = QueryJob(session, SelectJobs("id = :id AND deleting = 0"), Params().Text("id", id));
    if (!job) throw Error(ErrorCode::kJobNotFound, "no job has this id");
    if (job->status == jobs::JobStatus::kCancelled || job->cancel_requested) {
      result = std::move(job);
      return;
    }
    const bool is_running = job->status == jobs::JobStatus::kProcessing && !job->publishing;
    if (is_running) {
      job->cancel_requested = true;
    } else {
      Apply(*job, JobEvent::kCancelQueued, clock_.Now());  // refuses all but queued ones
    }
    result = Save(session, *job);
  });
  return std::move(result.value());  // NOLINT(bugprone-unchecked-optional-access): set above
}

std::optional<Job> SqlRepository::MarkDeleting(const std::string& id) {
  std::optional<Job> before;
  pool_.Write([&](soci::session& session) {
    before = QueryJob(session, SelectJobs("id = :id AND deleting = 0"), Params().Text("id", id));
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

bool SqlRepository::IsDeletable(const std::string& id) {
  std::optional<int64_t> count;
  pool_.Read([&](soci::session& session) {
    count = QueryInteger(session,
                         "SELECT count(*) FROM jobs WHERE id = :id AND deleting = 1 AND "
                         "(status <> 'processing' OR lease_expires_at < :now)",
                         Params().Text("id", id).Integer("now", ToMilliseconds(clock_.Now())));
  });
  return count == 1;
}

void SqlRepository::EraseRow(const std::string& id) {
  pool_.Write([&](soci::session& session) {
    Execute(session, "DELETE FROM jobs WHERE id = :id AND deleting = 1", Params().Text("id", id));
  });
}

std::vector<std::string> SqlRepository::DeletingJobs() {
  std::vector<std::string> ids;
  pool_.Read([&](soci::session& session) {
    ids = QueryTexts(session,
                     "SELECT id FROM jobs WHERE deleting = 1 AND "
                     "(status <> 'processing' OR lease_expires_at < :now)",
                     Params().Integer("now", ToMilliseconds(clock_.Now())));
  });
  return ids;
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
  std::vector<std::string> found;
  if (ids.empty()) return found;
  Params params;
  const std::string list = TextList(params, "id", ids);
  pool_.Read([&](soci::session& session) {
    found = QueryTexts(session, "SELECT id FROM jobs WHERE id IN (" + list + ")", params);
  });
  return found;
}

std::vector<std::string> SqlRepository::QueuedJobs(int limit) {
  std::vector<std::string> ids;
  pool_.Read([&](soci::session& session) {
    ids = QueryTexts(session,
                     "SELECT id FROM jobs WHERE status = 'queued' AND deleting = 0 "
                     "ORDER BY priority DESC, created_at, id LIMIT :limit",
                     Params().Integer("limit", int64_t{limit}));
  });
  return ids;
}

std::vector<jobs::WebhookDelivery> SqlRepository::TakeDueWebhooks(int limit,
                                                                  jobs::Milliseconds hold) {
  const int64_t now = ToMilliseconds(clock_.Now());
  const std::string due =
      "SELECT id FROM webhooks WHERE state = 'pending' AND next_at <= :now ORDER BY next_at "
      "LIMIT :limit";
  const auto due_params = [&] {
    return Params().Integer("now", now).Integer("limit", int64_t{limit});
  };
  std::vector<std::string> ids;
  pool_.Read([&](soci::session& session) { ids = QueryTexts(session, due, due_params()); });
  std::vector<jobs::WebhookDelivery> taken;
  if (ids.empty()) return taken;  // the usual case takes no lock
  pool_.Write([&](soci::session& session) {
    jobs::WebhookDelivery row;
    Execute(
        session,
        fmt::format("UPDATE webhooks SET next_at = :held_until WHERE id IN ({}) AND "
                    "state = 'pending' AND next_at <= :now "
                    "RETURNING id, job_id, url, event, body, attempts",
                    due),
        due_params().Integer("held_until", now + hold.count()),
        [&](soci::statement& statement) {
          statement.exchange(soci::into(row.id));
          statement.exchange(soci::into(row.job_id));
          statement.exchange(soci::into(row.url));
          statement.exchange(soci::into(row.event));
          statement.exchange(soci::into(row.body));
          statement.exchange(soci::into(row.attempts));
        },
        [&] { taken.push_back(row); });
  });
  return taken;
}

void SqlRepository::WebhookDelivered(const std::string& id) {
  pool_.Write([&](soci::session& session) {
    Execute(session,
            "UPDATE webhooks SET state = 'delivered', attempts = attempts + 1, last_error = '' "
            "WHERE id = :id AND state = 'pending'",
            Params().Text("id", id));
  });
}

void SqlRepository::WebhookFailed(const std::string& id, const std::string& error,
                                  std::optional<jobs::TimePoint> next) {
  const std::string state = next ? "pending" : "dead";
  pool_.Write([&](soci::session& session) {
    Execute(session,
            "UPDATE webhooks SET state = :state, attempts = attempts + 1, last_error = :error, "
            "next_at = :next_at WHERE id = :id AND state = 'pending'",
            Params()
                .Text("state", state)
                .Text("error", error)
                .Integer("next_at", ToMilliseconds(next.value_or(clock_.Now())))
                .Text("id", id));
  });
}

}  // namespace stemscribe::db
