#include "db/connection_pool.h"

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <memory>
#include <thread>

#include "base/error.h"
#include "db/query.h"

namespace stemscribe::db {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "sqlite:///";
constexpr int kBusyTimeoutSec = 15;

/// The switch to the write-ahead log does not wait for others by itself.
void UseWriteAheadLog(soci::session& session) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kBusyTimeoutSec);
  while (true) {
    try {
      QueryTexts(session, "PRAGMA journal_mode = WAL");
      return;
    } catch (const soci::soci_error&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

class Transaction {
 public:
  explicit Transaction(soci::session& session) : session_(session) {
    Execute(session_, "BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (done_) return;
    try {
      Execute(session_, "ROLLBACK");
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): SQLite did it
    }
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void Commit() {
    Execute(session_, "COMMIT");
    done_ = true;
  }

 private:
  soci::session& session_;
  bool done_ = false;
};

}  // namespace

fs::path SqliteFile(const std::string& url) {
  const std::string file = url.starts_with(kScheme) ? url.substr(kScheme.size()) : "";
  const bool plain = file.find_first_of("\"\n") == std::string::npos;
  if (file.empty() || !plain) {
    throw Error(ErrorCode::kInvalidArgument, "DATABASE_URL is not one we know",
                {{"DATABASE_URL", "must be sqlite:///relative/path or sqlite:////absolute/path"}});
  }
  return file;
}

void OpenSqlite(soci::session& session, const fs::path& file) {
  std::error_code ignored;  // SQLite will say it better
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), ignored);
  Translated([&] {
    session.open(soci::sqlite3,
                 fmt::format("dbname=\"{}\" timeout={}", file.string(), kBusyTimeoutSec));
    UseWriteAheadLog(session);
    Execute(session, "PRAGMA synchronous = FULL");
    Execute(session, "PRAGMA foreign_keys = ON");
  });
}

ConnectionPool::ConnectionPool(const fs::path& file, int size)
    : size_(size), pool_(static_cast<size_t>(size)) {
  for (int i = 0; i < size_; ++i) OpenSqlite(pool_.at(static_cast<size_t>(i)), file);
}

void ConnectionPool::LogStatements(std::ostream* stream) {
  for (int i = 0; i < size_; ++i) pool_.at(static_cast<size_t>(i)).set_log_stream(stream);
}

void ConnectionPool::Read(const std::function<void(soci::session&)>& work) {
  ReadNumbered([&](soci::session& session, size_t) { work(session); });
}

void ConnectionPool::ReadNumbered(const std::function<void(soci::session&, size_t)>& work) {
  const size_t number = pool_.lease();
  const auto give_back = [&](soci::connection_pool* pool) { pool->give_back(number); };
  const std::unique_ptr<soci::connection_pool, decltype(give_back)> lease(&pool_, give_back);
  Translated([&] { work(pool_.at(number), number); });
}

void ConnectionPool::Write(const std::function<void(soci::session&)>& work) {
  std::lock_guard lock(write_mutex_);
  soci::session session(pool_);
  Translated([&] {
    Transaction transaction(session);
    work(session);
    transaction.Commit();
  });
}

}  // namespace stemscribe::db
