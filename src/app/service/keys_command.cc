// stemscribed keys: who may use the API where AUTH=apikey.

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>

#include "app/cli/exit_code.h"
#include "app/service/commands.h"
#include "app/service/core.h"
#include "base/error.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "db/migrate.h"
#include "db/sql_keys.h"
#include "jobs/uuid.h"

namespace stemscribe::app {
namespace {

constexpr int64_t kSecondsPerMinute = 60;
constexpr int64_t kMb = 1 << 20;
constexpr size_t kMaxNameBytes = 200;

class KeyBook {
 public:
  explicit KeyBook(const config::Settings& settings)
      : log_(ToLogOptions(settings.log)), keys_(Migrated(settings)) {}

  db::SqlKeyRepository& keys() { return keys_; }
  jobs::TimePoint Now() const { return clock_.Now(); }

  /// For the audit: who had which key when, and which user of this machine gave it.
  void Note(const char* action, const std::string& id) const {
    log_.Info(action, {{"key", id}, {"by_uid", getuid()}});
  }

 private:
  static db::RepositorySettings Migrated(const config::Settings& settings) {
    db::Migrate(settings.database.url, jobs::SystemClock());
    return ToRepositorySettings(settings);
  }

  const jobs::SystemClock clock_;
  const Log log_;
  db::SqlKeyRepository keys_;
};

boost::json::value TimeOrNull(const std::optional<jobs::TimePoint>& time) {
  return time ? boost::json::value(jobs::FormatUtc(*time)) : boost::json::value(nullptr);
}

boost::json::object ToJson(const auth::Key& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"scope", key.is_admin ? "admin" : "user"},
          {"jobs_a_day", key.quota.jobs},
          {"minutes_a_day", key.quota.audio_sec / kSecondsPerMinute},
          {"mb_a_day", key.quota.bytes / kMb},
          {"priority", key.priority},
          {"created_at", jobs::FormatUtc(key.created_at)},
          {"expires_at", TimeOrNull(key.expires_at)},
          {"revoked_at", TimeOrNull(key.revoked_at)}};
}

void PrintToken(const std::string& id, const std::string& token, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", ToJsonText(boost::json::object{{"id", id}, {"key", token}}));
  } else {
    fmt::print("{}\n\nThis is key {}. It is not shown again.\n", token, id);
  }
}

Error NoSuchKey() {
  return Error(ErrorCode::kNotFound, "no valid key has this id: see `stemscribed keys list`");
}

}  // namespace

int CreateKey(const config::Settings& settings, const NewKeyOptions& options, bool as_json) {
  if (options.name != ToPlainLine(options.name, kMaxNameBytes)) {
    throw Error(ErrorCode::kInvalidArgument, "that is no name",
                {{"name", fmt::format("must be a line of at most {} bytes", kMaxNameBytes)}});
  }
  KeyBook book(settings);
  auth::Key key;
  key.created_at = book.Now();
  key.id = jobs::NewUuid(key.created_at);
  key.name = options.name;
  key.is_admin = options.is_admin;
  key.priority = options.priority;
  key.quota = {.jobs = options.jobs_a_day,
               .audio_sec = options.minutes_a_day * kSecondsPerMinute,
               .bytes = options.mb_a_day * kMb};
  if (options.expires_days > 0) {
    key.expires_at = key.created_at + std::chrono::hours(24 * options.expires_days);
  }
  const std::string token = auth::NewToken();
  book.keys().Add(key, auth::HashToken(token));
  book.Note("key created", key.id);
  PrintToken(key.id, token, as_json);
  return kExitOk;
}

int ListKeys(const config::Settings& settings, bool as_json) {
  KeyBook book(settings);
  boost::json::array list;
  for (const auth::Key& key : book.keys().List()) {
    list.push_back(ToJson(key));
    if (as_json) continue;
    const char* state = key.revoked_at ? "revoked" : key.IsValid(book.Now()) ? "valid" : "expired";
    fmt::print("{}  {:<7}  {:<5}  {}  {}\n", key.id, state, key.is_admin ? "admin" : "user",
               jobs::FormatUtc(key.created_at), key.name);
  }
  if (as_json) fmt::print("{}\n", ToJsonText(list));
  return kExitOk;
}

int RevokeKey(const config::Settings& settings, const std::string& id) {
  KeyBook book(settings);
  if (!book.keys().Revoke(id, book.Now())) throw NoSuchKey();
  book.Note("key revoked", id);
  fmt::print("revoked {}; servers know within two seconds\n", id);
  return kExitOk;
}

int RotateKey(const config::Settings& settings, const std::string& id, bool as_json) {
  KeyBook book(settings);
  const std::string token = auth::NewToken();
  if (!book.keys().Rotate(id, auth::HashToken(token))) throw NoSuchKey();
  book.Note("key rotated", id);
  PrintToken(id, token, as_json);
  return kExitOk;
}

}  // namespace stemscribe::app
