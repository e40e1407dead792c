// What is to be told to others: webhooks and announcements.
#include <fmt/format.h>

#include <random>

#include "db/job_row.h"
#include "db/sql_repository.h"

namespace stemscribe::db {
namespace {

/// Nobody else takes it, for all that matters.
int64_t RandomId() {
  thread_local std::mt19937_64 random((uint64_t{std::random_device{}()} << 32U) |
                                      std::random_device{}());
  return static_cast<int64_t>(random() >> 1U);
}

}  // namespace

std::vector<jobs::WebhookDelivery> SqlRepository::TakeDueWebhooks(
    int limit, jobs::Milliseconds hold, const std::vector<std::string>& busy_hosts) {
  const int64_t now = ToMilliseconds(Now());
  Params busy_params;
  std::string others;
  if (!busy_hosts.empty()) {
    others = " AND host NOT IN (" + TextList(busy_params, "busy", busy_hosts) + ")";
  }
  const std::string due = fmt::format(
      "SELECT id FROM webhooks WHERE state = 'pending' AND next_at <= :now{} ORDER BY next_at "
      "LIMIT :limit",
      others);
  const auto due_params = [&] {
    return Params(busy_params).Integer("now", now).Integer("limit", int64_t{limit});
  };
  std::vector<jobs::WebhookDelivery> taken;
  if (ReadTexts(due, due_params()).empty()) return taken;  // the usual case takes no lock
  pool_.Write([&](soci::session& session) {
    jobs::WebhookDelivery row;
    Execute(
        session,
        fmt::format("WITH due AS MATERIALIZED ({}{}) "
                    "UPDATE webhooks SET next_at = :held_until WHERE id IN (SELECT id FROM due) "
                    "RETURNING id, job_id, url, event, body, attempts, "
                    "(SELECT trace_parent FROM jobs WHERE jobs.id = job_id), "
                    "(SELECT trace_state FROM jobs WHERE jobs.id = job_id)",
                    due, pool_.dialect().skip_locked),
        due_params().Integer("held_until", now + hold.count()),
        [&](soci::statement& statement) {
          statement.exchange(soci::into(row.id));
          statement.exchange(soci::into(row.job_id));
          statement.exchange(soci::into(row.url));
          statement.exchange(soci::into(row.event));
          statement.exchange(soci::into(row.body));
          statement.exchange(soci::into(row.attempts));
          statement.exchange(soci::into(row.trace.parent));
          statement.exchange(soci::into(row.trace.state));
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
                .Integer("next_at", ToMilliseconds(next.value_or(Now())))
                .Text("id", id));
  });
}

void SqlRepository::AddToOutbox(soci::session& session, const std::string& job_id,
                                Announcement what) {
  if (!settings_.has_outbox) return;
  Execute(session,
          "INSERT INTO outbox (id, job_id, is_dead, created_at, next_at) "
          "VALUES (:id, :job_id, :is_dead, :now, :now)",
          Params()
              .Integer("id", RandomId())
              .Text("job_id", job_id)
              .Integer("is_dead", int64_t{what == Announcement::kDead})
              .Integer("now", ToMilliseconds(Now())));
}

std::vector<jobs::OutboxEntry> SqlRepository::TakeOutbox(int limit, jobs::Milliseconds hold) {
  const int64_t now = ToMilliseconds(Now());
  std::vector<jobs::OutboxEntry> taken;
  const auto has_due = [&] {
    std::optional<int64_t> due;
    pool_.Read([&](soci::session& session) {
      due = QueryInteger(session, "SELECT id FROM outbox WHERE next_at <= :now LIMIT 1",
                         Params().Integer("now", now));
    });
    return due.has_value();
  };
  if (!has_due()) return taken;  // the usual case takes no lock
  pool_.Write([&](soci::session& session) {
    long long id = 0;
    std::string job_id;
    int is_dead = 0;
    Execute(
        session,
        fmt::format("WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE next_at <= :now "
                    "ORDER BY next_at, created_at LIMIT :limit{}) "
                    "UPDATE outbox SET next_at = :held_until WHERE id IN (SELECT id FROM due) "
                    "RETURNING id, job_id, is_dead",
                    pool_.dialect().skip_locked),
        Params()
            .Integer("now", now)
            .Integer("limit", int64_t{limit})
            .Integer("held_until", now + hold.count()),
        [&](soci::statement& statement) {
          statement.exchange(soci::into(id));
          statement.exchange(soci::into(job_id));
          statement.exchange(soci::into(is_dead));
        },
        [&] { taken.push_back({.id = id, .job_id = job_id, .is_dead = is_dead != 0}); });
  });
  return taken;
}

void SqlRepository::OutboxDone(const std::vector<int64_t>& ids) {
  pool_.Write([&](soci::session& session) {
    for (const int64_t id : ids) {
      Execute(session, "DELETE FROM outbox WHERE id = :id", Params().Integer("id", id));
    }
  });
}

}  // namespace stemscribe::db
