// The table of jobs: the truth about all of them. Implementations: db/.
//
// Leases. Claim gives a job to an instance for a time; its LeaseKey carries the attempt number, a
// fencing token that grows with every claim. All methods that take a LeaseKey change the job only
// if it is still processing under that very owner and attempt, and tell when it is not: a worker
// that slept past its lease can change nothing.
//
// Publishing. Readers may look at a job's result only once its status is completed. The steps, each
// safe to be cut off by a crash and done again:
//   1. the worker writes all outputs under jobs/{id}/.attempt-{n}/ and syncs them;
//   2. Decide(lease, result): one transaction stores the result and marks the job publishing. From
//      here no other attempt can ever start. It is refused when the lease is lost: the worker then
//      removes .attempt-{n};
//   3. the folders of .attempt-{n} are renamed to their final names. Only the decided attempt does
//      that, so any number of helpers may repeat it, and none can spoil another's result;
//   4. Finish(id, n): status completed, webhook queued.
// After a crash between 2 and 4, recovery (worker start, sweeper) finds the job by PublishingJobs()
// and repeats 3 and 4. A crash before 2 leaves only .attempt-{n}, which goes when its lease is
// released, or with the sweeper.
//
// Deletion. MarkDeleting hides the job from Find and List at once; then its files go, then
// EraseRow. After a crash the sweeper finds it by DeletingJobs() and goes on.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job.h"

namespace stemscribe::jobs {

struct CreateResult {
  Job job;
  bool created = false;  // false: the idempotency key was known, `job` is the earlier one
};

struct JobFilter {
  std::vector<JobStatus> statuses{};          // empty: all
  std::optional<TimePoint> created_after{};   // at or after
  std::optional<TimePoint> created_before{};  // before
  std::optional<std::string> owner{};
  /// Each of its words is a part of the name or the file name; case and accents do not matter.
  std::string search{};
};

struct JobPage {
  std::vector<Job> jobs{};    // newest first
  std::string next_cursor{};  // empty on the last page
};

struct LeaseKey {
  std::string job_id;
  std::string owner;
  int64_t attempt = 0;
};

enum class LeaseState { kHeld, kCancelRequested, kLost };

struct JobProgress {
  std::optional<JobStage> stage{};
  int percent = 0;
  std::optional<double> seconds_left{};
};

/// A webhook that waits to be sent.
struct WebhookDelivery {
  std::string id;
  std::string job_id;
  std::string url;
  std::string event;     // "job.completed", "job.failed", "job.cancelled"
  std::string body;      // JSON, fixed when the job ended
  int attempts = 0;      // already made
  TraceContext trace{};  // of the job
};

/// Thread-safe. All methods throw Error{kUnavailable} when the database does not answer,
/// Error{kStorageLimitExceeded} when its disk is full.
class JobRepository {
 public:
  virtual ~JobRepository() = default;

  /// Stores a new queued job, durably. With a known idempotency key of the same owner: the earlier
  /// job if the fingerprint is the same, else Error{kConflict}.
  virtual CreateResult Create(const NewJob& job) = 0;

  /// nullopt for an unknown job and for one that is being deleted.
  virtual std::optional<Job> Find(const std::string& id) = 0;

  /// Those of `ids` that Find would find.
  virtual std::vector<Job> FindAll(const std::vector<std::string>& ids) = 0;

  /// The job of an earlier request with this key.
  virtual std::optional<Job> FindByIdempotencyKey(const std::string& owner,
                                                  const std::string& key) = 0;

  /// The owner's completed jobs of the song with this content, newest first, at most `limit`.
  virtual std::vector<Job> CompletedOf(const std::string& owner, const std::string& content_sha256,
                                       int limit) = 0;

  /// The JSON of the result (ResultFromJson); nullopt until the job is completed.
  virtual std::optional<std::string> FindResult(const std::string& id) = 0;

  /// Newest first. `cursor`: next_cursor of the page before, or empty; Error{kInvalidArgument} with
  /// the field `cursor` if it is not ours. `limit` ≥ 1.
  virtual JobPage List(const JobFilter& filter, int limit, const std::string& cursor) = 0;

  /// 1 is next; nullopt unless queued.
  virtual std::optional<int64_t> QueuePosition(const std::string& id) = 0;

  /// All statuses are keys. Jobs being deleted do not count.
  virtual std::map<JobStatus, int64_t> CountByStatus() = 0;

  /// Throws Error{kUnavailable} unless the database can be read and written.
  virtual void CheckHealth() = 0;

  // --- what workers do

  /// Takes the queued job of highest priority for `lease`; among those the owners take turns, each
  /// with its oldest. nullopt: none is queued. Claims at the same time do not wait for each other
  /// where the database can do that.
  virtual std::optional<Job> Claim(const std::string& lease_owner, Milliseconds lease) = 0;

  /// The lease lasts `lease` from now on.
  virtual LeaseState RenewLease(const LeaseKey& key, Milliseconds lease) = 0;

  /// Progress never goes back: a lower percentage leaves the higher one. nullopt: the lease is
  /// lost.
  virtual std::optional<Job> UpdateProgress(const LeaseKey& key, const JobProgress& progress) = 0;

  /// Step 2 of publishing; may be repeated. nullopt: refused. Also refused once a cancel was
  /// requested.
  virtual std::optional<Job> Decide(const LeaseKey& key, const std::string& result_json) = 0;

  /// Step 4 of publishing; anyone may do it. The job as it now is; nullopt if it is gone or was not
  /// decided for this attempt.
  virtual std::optional<Job> Finish(const std::string& id, int64_t attempt) = 0;

  /// The job has failed, or, with failure.retry and tries left, is queued again. nullopt: lease
  /// lost.
  virtual std::optional<Job> Fail(const LeaseKey& key, const JobFailure& failure) = 0;

  /// The worker has stopped because a cancel was requested.
  virtual std::optional<Job> FinishCancel(const LeaseKey& key) = 0;

  /// Back to the queue without counting the try (drain). With a cancel requested: cancelled.
  virtual std::optional<Job> ReturnToQueue(const LeaseKey& key) = 0;

  /// What is past its lease, or held by one of `dead_owners`: back to the queue, cancelled if that
  /// was requested, or failed if its tries are used up. Publishing jobs are left. Gives the
  /// changed.
  virtual std::vector<Job> ReleaseLeases(const std::vector<std::string>& dead_owners) = 0;

  /// The lease owners of all jobs in work.
  virtual std::vector<std::string> LeaseOwners() = 0;

  /// Decided jobs that are not finished and whose lease is over, or held by one of `dead_owners`.
  virtual std::vector<Job> PublishingJobs(const std::vector<std::string>& dead_owners) = 0;

  // --- what users do

  /// A queued job is cancelled at once; a running one is told to. Cancelling a cancelled job
  /// changes nothing. Throws Error{kJobNotFound}; Error{kConflict} if it has completed or failed.
  virtual Job RequestCancel(const std::string& id) = 0;

  /// Hides the job and asks its worker to stop. The job as it was; nullopt if unknown, or marked
  /// before.
  virtual std::optional<Job> MarkDeleting(const std::string& id) = 0;

  /// MarkDeleting for a job that has ended before `limit`; false if it has not, or not any more.
  virtual bool MarkExpired(const std::string& id, TimePoint limit) = 0;

  /// A failed or cancelled job is queued again, with all its tries. Throws Error{kJobNotFound};
  /// Error{kConflict} if it is in another state.
  virtual Job Requeue(const std::string& id) = 0;

  // --- what the sweeper does

  /// Whether the job is marked and no live lease holds it: then its files may go.
  virtual bool IsDeletable(const std::string& id) = 0;

  /// Removes the row of a marked job, with its result and webhooks.
  virtual void EraseRow(const std::string& id) = 0;

  /// Marked jobs whose files may go.
  virtual std::vector<std::string> DeletingJobs() = 0;

  /// Jobs that ended before this time, oldest first, at most `limit`.
  virtual std::vector<Job> JobsEndedBefore(TimePoint time, int limit) = 0;

  /// Of `ids`, those that have a row (marked ones too).
  virtual std::vector<std::string> Existing(const std::vector<std::string>& ids) = 0;

  /// Queued jobs, oldest first, at most `limit`; only those behind the job `after`, unless that is
  /// empty.
  virtual std::vector<std::string> QueuedJobs(int limit, const std::string& after) = 0;

  /// Whether it is `owner`'s turn to do what only one process of all does at a time: nobody else's
  /// turn lasts, and its own does for `hold` from now on.
  virtual bool TakeTurn(const std::string& name, const std::string& owner, Milliseconds hold) = 0;

  // --- webhooks; a job that ends with a callback URL queues one in the same transaction

  /// Takes up to `limit` due deliveries, to other hosts (WebhookHost) than `busy_hosts`; they are
  /// not given again before `hold` is over.
  virtual std::vector<WebhookDelivery> TakeDueWebhooks(
      int limit, Milliseconds hold, const std::vector<std::string>& busy_hosts) = 0;

  virtual void WebhookDelivered(const std::string& id) = 0;

  /// `next`: when to try again; nullopt: never, it is dead.
  virtual void WebhookFailed(const std::string& id, const std::string& error,
                             std::optional<TimePoint> next) = 0;
};

/// Find, or Error{kJobNotFound}.
Job GetJob(JobRepository& repository, const std::string& id);

}  // namespace stemscribe::jobs
