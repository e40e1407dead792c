// The repository in SQL. Each change of state loads the job, applies the one table of transitions
// (jobs/state_machine.h), and stores it under the condition that its version is still the same.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "db/connection_pool.h"
#include "db/job_row.h"
#include "db/query.h"
#include "db/repository.h"
#include "jobs/job_repository.h"
#include "jobs/state_machine.h"

namespace stemscribe::db {

/// Thread-safe. The schema must be up to date.
class SqlRepository final : public Repository {
 public:
  SqlRepository(const RepositorySettings& settings, const jobs::Clock& clock);

  ConnectionPool& pool() { return pool_; }

  jobs::CreateResult Create(const jobs::NewJob& job) override;
  std::optional<jobs::Job> Find(const std::string& id) override;
  std::vector<jobs::Job> FindAll(const std::vector<std::string>& ids) override;
  std::optional<jobs::Job> FindByIdempotencyKey(const std::string& owner,
                                                const std::string& key) override;
  std::vector<jobs::Job> CompletedOf(const std::string& owner, const std::string& content_sha256,
                                     int limit) override;
  std::optional<std::string> FindResult(const std::string& id) override;
  jobs::JobPage List(const jobs::JobFilter& filter, int limit, const std::string& cursor) override;
  std::optional<int64_t> QueuePosition(const std::string& id) override;
  std::map<jobs::JobStatus, int64_t> CountByStatus() override;
  void CheckHealth() override;

  std::optional<jobs::Job> Claim(const std::string& lease_owner, jobs::Milliseconds lease) override;
  jobs::LeaseState RenewLease(const jobs::LeaseKey& key, jobs::Milliseconds lease) override;
  std::optional<jobs::Job> UpdateProgress(const jobs::LeaseKey& key,
                                          const jobs::JobProgress& progress) override;
  std::optional<jobs::Job> Decide(const jobs::LeaseKey& key,
                                  const std::string& result_json) override;
  std::optional<jobs::Job> Finish(const std::string& id, int64_t attempt) override;
  std::optional<jobs::Job> Fail(const jobs::LeaseKey& key,
                                const jobs::JobFailure& failure) override;
  std::optional<jobs::Job> FinishCancel(const jobs::LeaseKey& key) override;
  std::optional<jobs::Job> ReturnToQueue(const jobs::LeaseKey& key) override;
  std::vector<jobs::Job> ReleaseLeases(const std::vector<std::string>& dead_owners) override;
  std::vector<std::string> LeaseOwners() override;
  std::vector<jobs::Job> PublishingJobs(const std::vector<std::string>& dead_owners) override;

  jobs::Job RequestCancel(const std::string& id) override;
  std::optional<jobs::Job> MarkDeleting(const std::string& id) override;
  bool MarkExpired(const std::string& id, jobs::TimePoint limit) override;
  jobs::Job Requeue(const std::string& id) override;
  bool IsDeletable(const std::string& id) override;
  void EraseRow(const std::string& id) override;
  std::vector<std::string> DeletingJobs() override;
  std::vector<jobs::Job> JobsEndedBefore(jobs::TimePoint time, int limit) override;
  std::vector<std::string> Existing(const std::vector<std::string>& ids) override;
  std::vector<std::string> QueuedJobs(int limit, const std::string& after) override;
  bool TakeTurn(const std::string& name, const std::string& owner,
                jobs::Milliseconds hold) override;

  std::vector<jobs::WebhookDelivery> TakeDueWebhooks(
      int limit, jobs::Milliseconds hold, const std::vector<std::string>& busy_hosts) override;
  void WebhookDelivered(const std::string& id) override;
  void WebhookFailed(const std::string& id, const std::string& error,
                     std::optional<jobs::TimePoint> next) override;

  std::vector<jobs::OutboxEntry> TakeOutbox(int limit, jobs::Milliseconds hold) override;
  void OutboxDone(const std::vector<int64_t>& ids) override;

  PoolUse Connections() const override { return pool_.InUse(); }

 private:
  /// The time of all who share the database.
  jobs::TimePoint Now() const { return clock_.Now() + pool_.ClockLead(); }

  using Change = std::function<std::optional<jobs::Job>(soci::session&, jobs::Job)>;

  /// "SELECT {columns of a job} FROM jobs WHERE {where}", for a transaction that will change it.
  std::string SelectToChange(const std::string& where) const;

  /// Loads the job that `key` still holds, and lets `change` act on it in one transaction.
  std::optional<jobs::Job> ChangeHeld(const jobs::LeaseKey& key, const Change& change);

  /// Stores `job`, whose version is the one that was loaded, with what its end brings about (the
  /// webhook). nullopt: it was changed meanwhile.
  std::optional<jobs::Job> Save(soci::session& session, const jobs::Job& job);

  /// The first column of all rows, in a read of its own.
  std::vector<std::string> ReadTexts(const std::string& sql, const Params& params = {});

  enum class Announcement { kQueued, kDead };
  void AddToOutbox(soci::session& session, const std::string& job_id, Announcement what);

  enum class Loss { kExpired, kOwnerDied, kDrained };
  std::optional<jobs::Job> Release(soci::session& session, jobs::Job job, Loss loss);
  std::vector<jobs::Job> LostJobs(soci::session& session, bool publishing,
                                  const std::vector<std::string>& dead_owners,
                                  const std::string& lock);

  const RepositorySettings settings_;
  const jobs::Clock& clock_;
  ConnectionPool pool_;
};

/// "SELECT {columns of a job} FROM jobs WHERE {where}".
std::string SelectJobs(const std::string& where);

}  // namespace stemscribe::db
