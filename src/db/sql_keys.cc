#include "db/sql_keys.h"

#include <algorithm>
#include <chrono>

#include "db/job_row.h"
#include "db/query.h"

namespace stemscribe::db {
namespace {

constexpr int kConnections = 4;

jobs::TimePoint FromMilliseconds(int64_t ms) { return jobs::TimePoint(jobs::Milliseconds(ms)); }

int64_t DayOf(jobs::TimePoint now) {
  return std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
}

bool Exceeds(int64_t used, int64_t more, int64_t limit) { return limit > 0 && used + more > limit; }

}  // namespace

SqlKeyRepository::SqlKeyRepository(const RepositorySettings& settings)
    : pool_({.url = settings.url, .timeout = settings.timeout},
            std::min(kConnections, settings.pool_size)) {}

void SqlKeyRepository::Add(const auth::Key& key, const std::string& token_hash) {
  pool_.Write([&](soci::session& session) {
    Execute(session,
            "INSERT INTO api_keys (id, name, token_hash, is_admin, jobs_a_day, audio_sec_a_day, "
            "bytes_a_day, priority, created_at, expires_at) VALUES (:id, :name, :hash, :is_admin, "
            ":jobs, :audio_sec, :bytes, :priority, :created_at, :expires_at)",
            Params()
                .Text("id", key.id)
                .Text("name", key.name)
                .Text("hash", token_hash)
                .Integer("is_admin", int64_t{key.is_admin})
                .Integer("jobs", key.quota.jobs)
                .Integer("audio_sec", key.quota.audio_sec)
                .Integer("bytes", key.quota.bytes)
                .Integer("priority", int64_t{key.priority})
                .Integer("created_at", ToMilliseconds(key.created_at))
                .Integer("expires_at", ToMilliseconds(key.expires_at)));
  });
}

std::vector<auth::Key> SqlKeyRepository::Query(const std::string& where, const Params& params) {
  std::vector<auth::Key> keys;
  pool_.Read([&](soci::session& session) {
    auth::Key row;
    int is_admin = 0;
    long long jobs_a_day = 0, audio_sec = 0, bytes = 0, created_at = 0, expires_at = 0,
              revoked_at = 0;
    soci::indicator expires = soci::i_null, is_revoked = soci::i_null;
    Execute(
        session,
        "SELECT id, name, is_admin, jobs_a_day, audio_sec_a_day, bytes_a_day, priority, "
        "created_at, expires_at, revoked_at FROM api_keys " +
            where,
        params,
        [&](soci::statement& statement) {
          statement.exchange(soci::into(row.id));
          statement.exchange(soci::into(row.name));
          statement.exchange(soci::into(is_admin));
          statement.exchange(soci::into(jobs_a_day));
          statement.exchange(soci::into(audio_sec));
          statement.exchange(soci::into(bytes));
          statement.exchange(soci::into(row.priority));
          statement.exchange(soci::into(created_at));
          statement.exchange(soci::into(expires_at, expires));
          statement.exchange(soci::into(revoked_at, is_revoked));
        },
        [&] {
          row.is_admin = is_admin != 0;
          row.quota = {.jobs = jobs_a_day, .audio_sec = audio_sec, .bytes = bytes};
          row.created_at = FromMilliseconds(created_at);
          row.expires_at.reset();
          row.revoked_at.reset();
          if (expires == soci::i_ok) row.expires_at = FromMilliseconds(expires_at);
          if (is_revoked == soci::i_ok) row.revoked_at = FromMilliseconds(revoked_at);
          keys.push_back(row);
        });
  });
  return keys;
}

std::optional<auth::Key> SqlKeyRepository::FindByHash(const std::string& token_hash) {
  const auto keys = Query("WHERE token_hash = :hash", Params().Text("hash", token_hash));
  return keys.empty() ? std::nullopt : std::make_optional(keys.front());
}

std::vector<auth::Key> SqlKeyRepository::List() { return Query("ORDER BY created_at, id", {}); }

bool SqlKeyRepository::Revoke(const std::string& id, jobs::TimePoint now) {
  int64_t changed = 0;
  pool_.Write([&](soci::session& session) {
    changed = Execute(session,
                      "UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
                      Params().Integer("now", ToMilliseconds(now)).Text("id", id));
  });
  return changed > 0;
}

bool SqlKeyRepository::Rotate(const std::string& id, const std::string& token_hash) {
  int64_t changed = 0;
  pool_.Write([&](soci::session& session) {
    changed = Execute(
        session, "UPDATE api_keys SET token_hash = :hash WHERE id = :id AND revoked_at IS NULL",
        Params().Text("hash", token_hash).Text("id", id));
  });
  return changed > 0;
}

std::optional<std::string> SqlKeyRepository::Charge(const auth::Key& key, const auth::Quota& use,
                                                    jobs::TimePoint now) {
  if (key.quota == auth::Quota{}) return std::nullopt;
  std::optional<std::string> used_up;
  const auto day = [&] { return Params().Text("key", key.id).Integer("day", DayOf(now)); };
  pool_.Write([&](soci::session& session) {
    Execute(session,
            "INSERT INTO key_use (key_id, day, jobs, audio_sec, bytes) VALUES (:key, :day, 0, 0, "
            "0) ON CONFLICT DO NOTHING",
            day());
    // The row is ours up to the commit: two uploads at once cannot both take the last.
    const auto used = [&](const char* column) {
      return QueryInteger(session,
                          std::string("SELECT ") + column +
                              " FROM key_use WHERE key_id = :key AND day = :day" +
                              pool_.dialect().for_update,
                          day())
          .value_or(0);
    };
    if (Exceeds(used("jobs"), use.jobs, key.quota.jobs)) {
      used_up = "jobs";
    } else if (Exceeds(used("audio_sec"), use.audio_sec, key.quota.audio_sec)) {
      used_up = "minutes of audio";
    } else if (Exceeds(used("bytes"), use.bytes, key.quota.bytes)) {
      used_up = "bytes";
    }
    if (used_up) return;
    Execute(session,
            "UPDATE key_use SET jobs = jobs + :jobs, audio_sec = audio_sec + :audio_sec, bytes = "
            "bytes + :bytes WHERE key_id = :key AND day = :day",
            day()
                .Integer("jobs", use.jobs)
                .Integer("audio_sec", use.audio_sec)
                .Integer("bytes", use.bytes));
  });
  return used_up;
}

}  // namespace stemscribe::db
