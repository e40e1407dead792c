#include "db/sql_repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "db/job_cursor.h"
#include "db/job_row.h"
#include "db/search_text.h"
#include "jobs/uuid.h"
#include "jobs/webhook.h"

namespace stemscribe::db {
namespace {

using jobs::Job;

constexpr int64_t kEndOfTime = std::numeric_limits<int64_t>::max();

/// An owner's jobs take one turn each, and a new owner begins with the turn that it is: so none has
/// to wait for all jobs of another.
constexpr std::string_view kNextTurn =
    "SELECT coalesce(max(turns.turn), 0) FROM ("
    "SELECT min(turn) AS turn FROM jobs WHERE status = 'queued' AND deleting = 0 AND "
    "priority = :priority "
    "UNION ALL SELECT max(turn) + 1 FROM jobs WHERE status = 'queued' AND deleting = 0 AND "
    "owner = :owner AND priority = :priority) AS turns";

Params NewJobParams(const jobs::NewJob& job, jobs::TimePoint now) {
  Params params;
  params.Text("id", job.id)
      .Integer("created_at", ToMilliseconds(now))
      .Text("input_filename", job.input_filename)
      .Text("input_blob", job.input_blob)
      .Integer("file_size", job.file_size)
      .Text("content_sha256", job.content_sha256)
      .Real("duration_sec", job.duration_sec)
      .Text("name", job.name)
      .Text("search_text", SearchText(job.name + " " + job.input_filename))
      .Text("options", boost::json::serialize(ToJson(job.options)))
      .Text("callback_url", job.callback_url)
      .Text("owner", job.owner)
      .Text("trace_parent", job.trace.parent)
      .Text("trace_state", job.trace.state)
      .Text("program_version", job.program_version)
      .Integer("priority", int64_t{job.priority})
      .Text("idempotency_key", job.idempotency_key)
      .Text("fingerprint", job.fingerprint);
  return params;
}

std::string InsertJob() {
  return fmt::format(
      "INSERT INTO jobs (id, status, progress, created_at, error_code, error_message, "
      "input_filename, input_blob, file_size, content_sha256, duration_sec, name, search_text, "
      "options, "
      "callback_url, owner, trace_parent, trace_state, program_version, priority, tries, attempt, "
      "lease_owner, cancel_requested, publishing, "
      "version, deleting, idempotency_key, fingerprint, turn) "
      "VALUES (:id, 'queued', 0, :created_at, '', '', :input_filename, :input_blob, :file_size, "
      ":content_sha256, :duration_sec, :name, :search_text, :options, :callback_url, :owner, "
      ":trace_parent, "
      ":trace_state, :program_version, :priority, 0, 0, "
      "'', 0, 0, 1, 0, :idempotency_key, :fingerprint, ({})) "
      "ON CONFLICT DO NOTHING RETURNING {}",
      kNextTurn, kJobColumns);
}

/// A page of the jobs of one status, or of any.
std::vector<Job> SelectPage(soci::session& session, const jobs::JobFilter& filter,
                            std::optional<jobs::JobStatus> status, const JobCursor& before,
                            int limit) {
  std::string where = "deleting = 0 AND (created_at, id) < (:before, :before_id)";
  Params params;
  int num_patterns = 0;
  params.Integer("before", before.created_at_ms).Text("before_id", before.id);
  if (status) {
    where += " AND status = :status";
    params.Text("status", std::string(StatusName(*status)));
  }
  if (filter.owner) {
    where += " AND owner = :owner";
    params.Text("owner", *filter.owner);
  }
  if (filter.created_after) {
    where += " AND created_at >= :after";
    params.Integer("after", ToMilliseconds(*filter.created_after));
  }
  // No index: the walk down that of the list ends with the page. A word that no name has costs 0.15
  // s with 100,000 jobs in SQLite (cold; half for an owner of half of them), which is more than
  // retention leaves to most.
  for (const std::string& pattern : SearchPatterns(filter.search)) {
    const std::string name = "pattern" + std::to_string(num_patterns++);
    where += " AND search_text LIKE :" + name + " ESCAPE '!'";
    params.Text(name, pattern);
  }
  params.Integer("limit", int64_t{limit});
  return QueryJobs(session, SelectJobs(where + " ORDER BY created_at DESC, id DESC LIMIT :limit"),
                   std::move(params));
}

bool IsNewer(const Job& left, const Job& right) {
  return std::pair(left.created_at, left.id) > std::pair(right.created_at, right.id);
}

}  // namespace

std::string SelectJobs(const std::string& where) {
  return fmt::format("SELECT {} FROM jobs WHERE {}", kJobColumns, where);
}

SqlRepository::SqlRepository(const RepositorySettings& settings, const jobs::Clock& clock)
    : settings_(settings),
      clock_(clock),
      pool_({.url = settings.url, .timeout = settings.timeout}, settings.pool_size,
            settings.machine_clock) {}

std::string SqlRepository::SelectToChange(const std::string& where) const {
  return SelectJobs(where) + pool_.dialect().for_update;
}

jobs::CreateResult SqlRepository::Create(const jobs::NewJob& job) {
  jobs::CreateResult result;
  pool_.Write([&](soci::session& session) {
    if (auto created = QueryJob(session, InsertJob(), NewJobParams(job, Now()))) {
      AddToOutbox(session, job.id, Announcement::kQueued);
      result = {std::move(*created), true};
      return;
    }
    const std::string known = "owner = :owner AND idempotency_key = :key AND idempotency_key <> ''";
    const auto key = [&] {
      return Params().Text("owner", job.owner).Text("key", job.idempotency_key);
    };
    auto earlier = QueryJob(session, SelectJobs(known), key());
    if (!earlier) throw Error(ErrorCode::kConflict, "a job with this id exists");
    const auto fingerprint =
        QueryTexts(session, "SELECT fingerprint FROM jobs WHERE " + known, key());
    if (fingerprint.front() != job.fingerprint) {
      throw Error(ErrorCode::kConflict, "the Idempotency-Key was used for another request",
                  {{"Idempotency-Key", "use a new key for a new request"}});
    }
    result = {std::move(*earlier), false};
  });
  return result;
}

std::vector<std::string> SqlRepository::ReadTexts(const std::string& sql, const Params& params) {
  std::vector<std::string> texts;
  pool_.Read([&](soci::session& session) { texts = QueryTexts(session, sql, params); });
  return texts;
}

std::optional<Job> SqlRepository::Find(const std::string& id) {
  // By far the most frequent query, and preparing it costs several times as much as running it.
  std::optional<Job> job;
  pool_.ReadKeeping([&](soci::session& session, ConnectionPool::Kept& kept) {
    auto finder = std::static_pointer_cast<PreparedJobQuery>(std::exchange(kept, nullptr));
    if (!finder) {
      finder =
          std::make_shared<PreparedJobQuery>(session, SelectJobs("id = :key AND deleting = 0"));
    }
    job = finder->Run(id);
    kept = std::move(finder);  // lost if it threw
  });
  return job;
}

std::vector<Job> SqlRepository::FindAll(const std::vector<std::string>& ids) {
  std::vector<Job> found;
  if (ids.empty()) return found;
  Params params;
  const std::string where = "deleting = 0 AND id IN (" + TextList(params, "id", ids) + ")";
  pool_.Read(
      [&](soci::session& session) { found = QueryJobs(session, SelectJobs(where), params); });
  return found;
}

std::optional<Job> SqlRepository::FindByIdempotencyKey(const std::string& owner,
                                                       const std::string& key) {
  std::optional<Job> job;
  pool_.Read([&](soci::session& session) {
    job = QueryJob(
        session, SelectJobs("owner = :owner AND idempotency_key = :key AND idempotency_key <> ''"),
        Params().Text("owner", owner).Text("key", key));
  });
  return job;
}

std::vector<Job> SqlRepository::CompletedOf(const std::string& owner,
                                            const std::string& content_sha256, int limit) {
  std::vector<Job> found;
  pool_.Read([&](soci::session& session) {
    found = QueryJobs(
        session,
        SelectJobs("owner = :owner AND content_sha256 = :sha AND status = 'completed' "
                   "AND deleting = 0 ORDER BY created_at DESC, id DESC LIMIT :limit"),
        Params().Text("owner", owner).Text("sha", content_sha256).Integer("limit", int64_t{limit}));
  });
  return found;
}

std::optional<std::string> SqlRepository::FindResult(const std::string& id) {
  std::vector<std::string> results = ReadTexts(
      "SELECT result FROM job_results WHERE job_id = (SELECT id FROM jobs WHERE id = :id AND "
      "status = 'completed' AND deleting = 0)",
      Params().Text("id", id));
  if (results.empty()) return std::nullopt;
  return std::move(results.front());
}

jobs::JobPage SqlRepository::List(const jobs::JobFilter& filter, int limit,
                                  const std::string& cursor) {
  JobCursor before{kEndOfTime, ""};
  if (!cursor.empty()) before = ParseCursor(cursor);
  if (filter.created_before && ToMilliseconds(*filter.created_before) <= before.created_at_ms) {
    before = {ToMilliseconds(*filter.created_before), ""};
  }
  // One query for each status, merged: each walks its index just as far as needed.
  std::vector<std::optional<jobs::JobStatus>> statuses(filter.statuses.begin(),
                                                       filter.statuses.end());
  if (statuses.empty()) statuses.emplace_back();
  std::sort(statuses.begin(), statuses.end());
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
  jobs::JobPage page;
  pool_.Read([&](soci::session& session) {
    for (const auto& status : statuses) {
      std::vector<Job> some = SelectPage(session, filter, status, before, limit + 1);
      std::move(some.begin(), some.end(), std::back_inserter(page.jobs));
    }
  });
  std::sort(page.jobs.begin(), page.jobs.end(), IsNewer);
  // While a job changes its status between two of the queries, it can be in both.
  const auto same = [](const Job& left, const Job& right) { return left.id == right.id; };
  page.jobs.erase(std::unique(page.jobs.begin(), page.jobs.end(), same), page.jobs.end());
  if (page.jobs.size() > static_cast<size_t>(limit)) {
    page.jobs.resize(static_cast<size_t>(limit));
    page.next_cursor =
        FormatCursor({ToMilliseconds(page.jobs.back().created_at), page.jobs.back().id});
  }
  return page;
}

std::optional<int64_t> SqlRepository::QueuePosition(const std::string& id) {
  std::optional<int64_t> position;
  pool_.Read([&](soci::session& session) {
    const std::string queued = "status = 'queued' AND deleting = 0";
    const auto job =
        QueryJob(session, SelectJobs("id = :id AND " + queued), Params().Text("id", id));
    const auto turn = QueryInteger(session, "SELECT turn FROM jobs WHERE id = :id AND " + queued,
                                   Params().Text("id", id));
    if (!job || !turn) return;
    position = QueryInteger(
        session,
        fmt::format("SELECT (SELECT count(*) FROM jobs WHERE {0} AND priority > :priority) + "
                    "(SELECT count(*) FROM jobs WHERE {0} AND priority = :priority AND "
                    "(turn, created_at, id) <= (:turn, :created_at, :id))",
                    queued),
        Params()
            .Integer("priority", int64_t{job->priority})
            .Integer("turn", *turn)
            .Integer("created_at", ToMilliseconds(job->created_at))
            .Text("id", id));
  });
  return position;
}

std::map<jobs::JobStatus, int64_t> SqlRepository::CountByStatus() {
  std::map<jobs::JobStatus, int64_t> counts;
  pool_.Read([&](soci::session& session) {
    for (const jobs::JobStatus status : jobs::kAllStatuses) {
      counts[status] = QueryInteger(session,
                                    "SELECT count(*) FROM jobs WHERE deleting = 0 AND "
                                    "status = :status",
                                    Params().Text("status", std::string(StatusName(status))))
                           .value_or(0);
    }
  });
  return counts;
}

void SqlRepository::CheckHealth() {
  try {
    pool_.Write([](soci::session& session) {
      Execute(session, "DELETE FROM job_results WHERE job_id = ''");
    });
  } catch (const Error& error) {
    throw Error(ErrorCode::kUnavailable, error.what());
  }
}

}  // namespace stemscribe::db
