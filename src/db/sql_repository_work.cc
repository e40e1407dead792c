// What workers do: claims, leases, progress, the ends of jobs.
#include <fmt/format.h>

#include <algorithm>

#include "db/job_row.h"
#include "db/sql_repository.h"
#include "jobs/uuid.h"
#include "jobs/webhook.h"

namespace stemscribe::db {
namespace {

using jobs::Job;
using jobs::JobEvent;

constexpr const char* kHeld =
    "id = :id AND status = 'processing' AND publishing = 0 AND lease_owner = :owner AND "
    "attempt = :attempt";

Params HeldParams(const jobs::LeaseKey& key) {
  return Params().Text("id", key.job_id).Text("owner", key.owner).Integer("attempt", key.attempt);
}

bool IsDeleting(soci::session& session, const std::string& id) {
  return QueryInteger(session, "SELECT deleting FROM jobs WHERE id = :id", Params().Text("id", id))
             .value_or(1) != 0;
}

void QueueWebhook(soci::session& session, const Job& job, jobs::TimePoint now) {
  Execute(session,
          "INSERT INTO webhooks (id, job_id, url, host, event, body, state, attempts, next_at, "
          "last_error) VALUES (:id, :job_id, :url, :host, :event, :body, 'pending', 0, :now, '')",
          Params()
              .Text("id", jobs::NewUuid(now))
              .Text("job_id", job.id)
              .Text("url", job.callback_url)
              .Text("host", jobs::WebhookHost(job.callback_url))
              .Text("event", jobs::WebhookEventName(job.status))
              .Text("body", jobs::WebhookBody(job))
              .Integer("now", ToMilliseconds(now)));
}

}  // namespace

std::optional<Job> SqlRepository::Save(soci::session& session, const Job& job) {
  const std::string sql = fmt::format(
      "UPDATE jobs SET status = :status, stage = :stage, progress = :progress, "
      "seconds_left = :seconds_left, started_at = :started_at, completed_at = :completed_at, "
      "error_code = :error_code, error_message = :error_message, tries = :tries, "
      "attempt = :attempt, lease_owner = :lease_owner, lease_expires_at = :lease_expires_at, "
      "cancel_requested = :cancel_requested, publishing = :publishing, version = version + 1 "
      "WHERE id = :id AND version = :version RETURNING {}",
      kJobColumns);
  std::optional<std::string> stage;
  if (job.stage) stage = std::string(StageName(*job.stage));
  auto saved = QueryJob(session, sql,
                        Params()
                            .Text("status", std::string(StatusName(job.status)))
                            .Text("stage", stage)
                            .Integer("progress", int64_t{job.progress})
                            .Real("seconds_left", job.seconds_left)
                            .Integer("started_at", ToMilliseconds(job.started_at))
                            .Integer("completed_at", ToMilliseconds(job.completed_at))
                            .Text("error_code", job.error_code)
                            .Text("error_message", job.error_message)
                            .Integer("tries", int64_t{job.tries})
                            .Integer("attempt", job.attempt)
                            .Text("lease_owner", job.lease_owner)
                            .Integer("lease_expires_at", ToMilliseconds(job.lease_expires_at))
                            .Integer("cancel_requested", int64_t{job.cancel_requested})
                            .Integer("publishing", int64_t{job.publishing})
                            .Text("id", job.id)
                            .Integer("version", job.version));
  if (saved && saved->IsFinal() && !saved->callback_url.empty() && !IsDeleting(session, job.id)) {
    QueueWebhook(session, *saved, Now());
  }
  if (saved && saved->status == jobs::JobStatus::kQueued) {
    AddToOutbox(session, job.id, Announcement::kQueued);
  }
  return saved;
}

std::optional<Job> SqlRepository::ChangeHeld(const jobs::LeaseKey& key, const Change& change) {
  std::optional<Job> changed;
  pool_.Write([&](soci::session& session) {
    if (auto job = QueryJob(session, SelectToChange(kHeld), HeldParams(key))) {
      changed = change(session, std::move(*job));
    }
  });
  return changed;
}

std::optional<Job> SqlRepository::Claim(const std::string& lease_owner, jobs::Milliseconds lease) {
  const std::string next = SelectJobs(
      "status = 'queued' AND deleting = 0 ORDER BY priority DESC, turn, created_at, id LIMIT 1");
  std::optional<Job> claimed;
  pool_.Read([&](soci::session& session) { claimed = QueryJob(session, next, {}); });
  if (!claimed) return std::nullopt;  // an idle worker takes no lock
  pool_.Write([&](soci::session& session) {
    claimed = QueryJob(session, next + pool_.dialect().skip_locked, {});
    if (!claimed) return;
    const jobs::TimePoint now = Now();
    Apply(*claimed, JobEvent::kClaim, now);
    claimed->lease_owner = lease_owner;
    claimed->lease_expires_at = now + lease;
    claimed = Save(session, *claimed);
  });
  return claimed;
}

jobs::LeaseState SqlRepository::RenewLease(const jobs::LeaseKey& key, jobs::Milliseconds lease) {
  std::optional<int64_t> cancel_requested;
  pool_.Write([&](soci::session& session) {
    cancel_requested =
        QueryInteger(session,
                     "UPDATE jobs SET lease_expires_at = :expires_at WHERE id = :id AND "
                     "status = 'processing' AND lease_owner = :owner AND attempt = :attempt "
                     "RETURNING cancel_requested",
                     HeldParams(key).Integer("expires_at", ToMilliseconds(Now() + lease)));
  });
  if (!cancel_requested) return jobs::LeaseState::kLost;
  return *cancel_requested != 0 ? jobs::LeaseState::kCancelRequested : jobs::LeaseState::kHeld;
}

std::optional<Job> SqlRepository::UpdateProgress(const jobs::LeaseKey& key,
                                                 const jobs::JobProgress& progress) {
  // 100 is only shown with the result.
  const int64_t percent = std::clamp(progress.percent, 0, 99);
  std::optional<std::string> stage;
  if (progress.stage) stage = std::string(StageName(*progress.stage));
  const std::string sql = fmt::format(
      "UPDATE jobs SET stage = CASE WHEN :percent >= progress OR stage IS NULL THEN :stage ELSE "
      "stage "
      "END, seconds_left = :seconds_left, "
      "progress = CASE WHEN :percent > progress THEN :percent ELSE progress END, "
      "version = version + 1 WHERE {} RETURNING {}",
      kHeld, kJobColumns);
  std::optional<Job> job;
  pool_.Write([&](soci::session& session) {
    job = QueryJob(session, sql,
                   HeldParams(key)
                       .Integer("percent", percent)
                       .Text("stage", stage)
                       .Real("seconds_left", progress.seconds_left));
  });
  return job;
}

std::optional<Job> SqlRepository::Decide(const jobs::LeaseKey& key,
                                         const std::string& result_json) {
  auto decided = ChangeHeld(key, [&](soci::session& session, Job job) -> std::optional<Job> {
    if (job.cancel_requested) return std::nullopt;
    Execute(session,
            "INSERT INTO job_results (job_id, result) VALUES (:id, :result) "
            "ON CONFLICT (job_id) DO UPDATE SET result = excluded.result",
            Params().Text("id", job.id).Text("result", result_json));
    Apply(job, JobEvent::kDecide, Now());
    return Save(session, job);
  });
  if (decided) return decided;
  // The answer to an earlier call may have been lost: what that one decided is decided.
  pool_.Read([&](soci::session& session) {
    decided = QueryJob(session,
                       SelectJobs("id = :id AND attempt = :attempt AND "
                                  "(publishing = 1 OR status = 'completed')"),
                       Params().Text("id", key.job_id).Integer("attempt", key.attempt));
  });
  return decided;
}

std::optional<Job> SqlRepository::Finish(const std::string& id, int64_t attempt) {
  std::optional<Job> finished;
  pool_.Write([&](soci::session& session) {
    auto job = QueryJob(session, SelectToChange("id = :id AND attempt = :attempt"),
                        Params().Text("id", id).Integer("attempt", attempt));
    if (!job) return;
    if (job->status == jobs::JobStatus::kCompleted) {
      finished = std::move(job);  // somebody helped
    } else if (job->publishing) {
      Apply(*job, JobEvent::kFinish, Now());
      finished = Save(session, *job);
    }
  });
  return finished;
}

std::optional<Job> SqlRepository::Fail(const jobs::LeaseKey& key, const jobs::JobFailure& failure) {
  return ChangeHeld(key, [&](soci::session& session, Job job) {
    job.error_code = ErrorCodeName(failure.code);
    job.error_message = failure.message;
    JobEvent event = JobEvent::kFail;
    if (failure.retry && job.tries < settings_.max_tries) event = JobEvent::kReturn;
    if (job.cancel_requested) event = JobEvent::kCancelRunning;
    Apply(job, event, Now());
    if (event == JobEvent::kFail && failure.retry) {
      AddToOutbox(session, job.id, Announcement::kDead);
    }
    return Save(session, job);
  });
}

std::optional<Job> SqlRepository::FinishCancel(const jobs::LeaseKey& key) {
  return ChangeHeld(key, [&](soci::session& session, Job job) -> std::optional<Job> {
    if (!job.cancel_requested) return std::nullopt;
    Apply(job, JobEvent::kCancelRunning, Now());
    return Save(session, job);
  });
}

std::optional<Job> SqlRepository::ReturnToQueue(const jobs::LeaseKey& key) {
  return ChangeHeld(key, [&](soci::session& session, Job job) {
    return Release(session, std::move(job), Loss::kDrained);
  });
}

std::optional<Job> SqlRepository::Release(soci::session& session, Job job, Loss loss) {
  const bool is_hopeless = (loss == Loss::kExpired && job.tries >= settings_.max_tries) ||
                           (loss == Loss::kOwnerDied && job.attempt >= settings_.max_attempts);
  JobEvent event = JobEvent::kReturn;
  if (is_hopeless) event = JobEvent::kFail;
  if (job.cancel_requested) event = JobEvent::kCancelRunning;
  if (event == JobEvent::kFail) {
    const std::string last = job.error_message.empty() ? "" : "; before: " + job.error_message;
    job.error_code = ErrorCodeName(ErrorCode::kProcessingFailed);
    job.error_message = fmt::format("its worker was lost, {} times in all{}", job.attempt, last);
    AddToOutbox(session, job.id, Announcement::kDead);
  }
  if (event == JobEvent::kReturn && loss != Loss::kExpired) job.tries -= 1;
  Apply(job, event, Now());
  return Save(session, job);
}

std::vector<Job> SqlRepository::LostJobs(soci::session& session, bool publishing,
                                         const std::vector<std::string>& dead_owners,
                                         const std::string& lock) {
  const std::string base = "status = 'processing' AND publishing = :publishing AND ";
  std::vector<Job> lost = QueryJobs(
      session, SelectJobs(base + "lease_expires_at < :now") + lock,
      Params().Integer("publishing", int64_t{publishing}).Integer("now", ToMilliseconds(Now())));
  if (dead_owners.empty()) return lost;
  Params params;
  params.Integer("publishing", int64_t{publishing});
  const std::string owners = TextList(params, "owner", dead_owners);
  const std::string held = SelectJobs(base + "lease_owner IN (" + owners + ")") + lock;
  for (Job& job : QueryJobs(session, held, std::move(params))) {
    const auto same = [&](const Job& other) { return other.id == job.id; };
    if (std::none_of(lost.begin(), lost.end(), same)) lost.push_back(std::move(job));
  }
  return lost;
}

std::vector<Job> SqlRepository::ReleaseLeases(const std::vector<std::string>& dead_owners) {
  std::vector<Job> lost;
  pool_.Read([&](soci::session& session) { lost = LostJobs(session, false, dead_owners, ""); });
  std::vector<Job> released;
  if (lost.empty()) return released;  // the usual case takes no lock
  pool_.Write([&](soci::session& session) {
    // Not those that another sweeper is releasing, or whose worker is just coming back.
    for (const Job& job : LostJobs(session, false, dead_owners, pool_.dialect().skip_locked)) {
      const bool owner_died =
          std::find(dead_owners.begin(), dead_owners.end(), job.lease_owner) != dead_owners.end();
      const Loss loss = owner_died ? Loss::kOwnerDied : Loss::kExpired;
      if (auto changed = Release(session, job, loss)) released.push_back(std::move(*changed));
    }
  });
  return released;
}

std::vector<std::string> SqlRepository::LeaseOwners() {
  return ReadTexts(
      "SELECT DISTINCT lease_owner FROM jobs WHERE status = 'processing' AND lease_owner > ''");
}

std::vector<Job> SqlRepository::PublishingJobs(const std::vector<std::string>& dead_owners) {
  std::vector<Job> found;
  pool_.Read([&](soci::session& session) { found = LostJobs(session, true, dead_owners, ""); });
  return found;
}

}  // namespace stemscribe::db
