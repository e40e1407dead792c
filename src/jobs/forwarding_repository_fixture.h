// A repository before the real one: tests override what is to fail.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "jobs/job_repository.h"

namespace stemscribe::jobs {

/// `real` outlives it.
class ForwardingRepository : public JobRepository {
 public:
  explicit ForwardingRepository(JobRepository& real) : real_(real) {}

  CreateResult Create(const NewJob& job) override { return real_.Create(job); }
  std::optional<Job> Find(const std::string& id) override { return real_.Find(id); }
  std::vector<Job> FindAll(const std::vector<std::string>& ids) override {
    return real_.FindAll(ids);
  }
  std::optional<Job> FindByIdempotencyKey(const std::string& owner,
                                          const std::string& key) override {
    return real_.FindByIdempotencyKey(owner, key);
  }
  std::vector<Job> CompletedOf(const std::string& owner, const std::string& sha256,
                               int limit) override {
    return real_.CompletedOf(owner, sha256, limit);
  }
  std::optional<std::string> FindResult(const std::string& id) override {
    return real_.FindResult(id);
  }
  JobPage List(const JobFilter& filter, int limit, const std::string& cursor) override {
    return real_.List(filter, limit, cursor);
  }
  std::optional<int64_t> QueuePosition(const std::string& id) override {
    return real_.QueuePosition(id);
  }
  std::map<JobStatus, int64_t> CountByStatus() override { return real_.CountByStatus(); }
  void CheckHealth() override { real_.CheckHealth(); }
  std::optional<Job> Claim(const std::string& owner, Milliseconds lease) override {
    return real_.Claim(owner, lease);
  }
  LeaseState RenewLease(const LeaseKey& key, Milliseconds lease) override {
    return real_.RenewLease(key, lease);
  }
  std::optional<Job> UpdateProgress(const LeaseKey& key, const JobProgress& progress) override {
    return real_.UpdateProgress(key, progress);
  }
  std::optional<Job> Decide(const LeaseKey& key, const std::string& result) override {
    return real_.Decide(key, result);
  }
  std::optional<Job> Finish(const std::string& id, int64_t attempt) override {
    return real_.Finish(id, attempt);
  }
  std::optional<Job> Fail(const LeaseKey& key, const JobFailure& failure) override {
    return real_.Fail(key, failure);
  }
  std::optional<Job> FinishCancel(const LeaseKey& key) override { return real_.FinishCancel(key); }
  std::optional<Job> ReturnToQueue(const LeaseKey& key) override {
    return real_.ReturnToQueue(key);
  }
  std::vector<Job> ReleaseLeases(const std::vector<std::string>& dead) override {
    return real_.ReleaseLeases(dead);
  }
  std::vector<std::string> LeaseOwners() override { return real_.LeaseOwners(); }
  std::vector<Job> PublishingJobs(const std::vector<std::string>& dead) override {
    return real_.PublishingJobs(dead);
  }
  Job RequestCancel(const std::string& id) override { return real_.RequestCancel(id); }
  std::optional<Job> MarkDeleting(const std::string& id) override { return real_.MarkDeleting(id); }
  bool MarkExpired(const std::string& id, TimePoint limit) override {
    return real_.MarkExpired(id, limit);
  }
  Job Requeue(const std::string& id) override { return real_.Requeue(id); }
  bool IsDeletable(const std::string& id) override { return real_.IsDeletable(id); }
  void EraseRow(const std::string& id) override { real_.EraseRow(id); }
  std::vector<std::string> DeletingJobs() override { return real_.DeletingJobs(); }
  std::vector<Job> JobsEndedBefore(TimePoint time, int limit) override {
    return real_.JobsEndedBefore(time, limit);
  }
  std::vector<std::string> Existing(const std::vector<std::string>& ids) override {
    return real_.Existing(ids);
  }
  std::vector<std::string> QueuedJobs(int limit, const std::string& after) override {
    return real_.QueuedJobs(limit, after);
  }
  bool TakeTurn(const std::string& name, const std::string& owner, Milliseconds hold) override {
    return real_.TakeTurn(name, owner, hold);
  }
  std::vector<WebhookDelivery> TakeDueWebhooks(int limit, Milliseconds hold,
                                               const std::vector<std::string>& busy) override {
    return real_.TakeDueWebhooks(limit, hold, busy);
  }
  void WebhookDelivered(const std::string& id) override { real_.WebhookDelivered(id); }
  void WebhookFailed(const std::string& id, const std::string& error,
                     std::optional<TimePoint> next) override {
    real_.WebhookFailed(id, error, next);
  }

 private:
  JobRepository& real_;
};

}  // namespace stemscribe::jobs
