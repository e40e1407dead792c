// A guard: no query of the repository may become slow as the tables grow.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <sstream>

#include "db/query.h"
#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

using jobs::Job;
using jobs::JobStatus;

/// Every statement that the repository makes, seen through SOCI's log.
std::set<std::string> StatementsOf(SqlRepository& repository, const std::function<void()>& use) {
  std::stringstream log;
  repository.pool().LogStatements(&log);
  use();
  repository.pool().LogStatements(nullptr);
  std::set<std::string> statements;
  for (std::string line; std::getline(log, line);) statements.insert(line);
  return statements;
}

/// SQLite says what it would do without looking at the sizes of tables, so that few rows are
/// enough.
class QueryPlanTest : public RepositoryTest {};

INSTANTIATE_TEST_SUITE_P(On, QueryPlanTest, testing::Values(Backend::kSqlite), BackendName);

TEST_P(QueryPlanTest, NoQueryScansATableOrSortsInATemporaryTree) {
  const std::set<std::string> statements = StatementsOf(*repository_, [&] {
    jobs::NewJob keyed = New();
    keyed.idempotency_key = "k";
    keyed.callback_url = "https://example.org";
    Queue(keyed);
    Queue(keyed = [&] {
      auto copy = New();
      copy.idempotency_key = "k";
      return copy;
    }());
    const Job queued = Queue();
    jobs::JobFilter filter;
    for (const bool with_owner : {false, true}) {
      for (const bool with_time : {false, true}) {
        for (const bool with_status : {false, true}) {
          filter.owner = with_owner ? std::optional<std::string>("a") : std::nullopt;
          filter.created_after = with_time ? std::optional(clock_.Now()) : std::nullopt;
          filter.statuses.assign(with_status ? 1 : 0, JobStatus::kQueued);
          for (const char* search : {"", "two words"}) {
            filter.search = search;
            repository_->List(filter, 5, "");
          }
        }
      }
    }
    repository_->QueuePosition(queued.id);
    repository_->CountByStatus();
    const jobs::LeaseKey key = KeyOf(Claim());
    repository_->RenewLease(key, kLease);
    repository_->UpdateProgress(key, {jobs::JobStage::kSeparation, 10, 1.0});
    repository_->LeaseOwners();
    repository_->Decide(key, "{}");
    repository_->Finish(key.job_id, key.attempt);
    repository_->FindResult(key.job_id);
    repository_->FindByIdempotencyKey("", "k");
    repository_->CompletedOf("", "sha", 3);
    repository_->TakeDueWebhooks(3, kLease, {});
    repository_->TakeDueWebhooks(3, kLease, {"example.org"});
    repository_->WebhookDelivered("x");
    repository_->WebhookFailed("x", "y", clock_.Now());
    Claim();
    clock_.Advance(kLease * 2);
    repository_->ReleaseLeases({"host:9"});
    repository_->PublishingJobs({"host:9"});
    repository_->MarkDeleting(queued.id);
    repository_->DeletingJobs();
    repository_->IsDeletable(queued.id);
    repository_->EraseRow(queued.id);
    repository_->JobsEndedBefore(clock_.Now(), 5);
    repository_->Existing({queued.id});
    repository_->QueuedJobs(5, "");
    repository_->QueuedJobs(5, queued.id);
    repository_->TakeTurn("sweep", "me", kLease);
  });
  int num_explained = 0;
  repository_->pool().Read([&](soci::session& session) {
    for (const std::string& statement : statements) {
      const bool is_query = statement.starts_with("SELECT") || statement.starts_with("UPDATE") ||
                            statement.starts_with("DELETE");
      if (!is_query) continue;
      ++num_explained;
      std::string detail;
      long long number = 0;
      Execute(
          session, "EXPLAIN QUERY PLAN " + statement, {},
          [&](soci::statement& plan) {
            for (int i = 0; i < 3; ++i) plan.exchange(soci::into(number));
            plan.exchange(soci::into(detail));
          },
          [&] {
            EXPECT_FALSE(detail.starts_with("SCAN") && detail != "SCAN CONSTANT ROW")
                << detail << "\n"
                << statement;
            EXPECT_EQ(detail.find("TEMP B-TREE"), std::string::npos) << detail << "\n" << statement;
          });
    }
  });
  EXPECT_GT(num_explained, 25);
}

}  // namespace
}  // namespace stemscribe::db
