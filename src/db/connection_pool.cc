#include "db/connection_pool.h"

#include <algorithm>
#include <random>

#include "base/error.h"
#include "db/query.h"

namespace stemscribe::db {
namespace {

constexpr jobs::Milliseconds kFirstPause{20};
constexpr jobs::Milliseconds kMaxPause{2000};
constexpr std::chrono::minutes kClockAge{1};
constexpr jobs::Milliseconds kClockError{1000};  // of a look, and what does no harm
constexpr int kLeaseTimeoutMs = 15'000;
constexpr int kStuckTimeouts = 3;  // a lease may run several statements

class Transaction {
 public:
  Transaction(soci::session& session, const std::string& begin) : session_(session) {
    Execute(session_, begin);
  }
  ~Transaction() {
    if (done_) return;
    try {
      Execute(session_, "ROLLBACK");
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the database did it
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

ConnectionPool::ConnectionPool(const DatabaseSettings& settings, int size,
                               const jobs::Clock* machine_clock)
    : database_(MakeDatabase(settings)),
      settings_(settings),
      machine_clock_(machine_clock == nullptr ? system_clock_ : *machine_clock),
      pool_(static_cast<size_t>(size)),
      slots_(static_cast<size_t>(size)) {
  if (IsShared(settings.url)) {
    watchdog_ = std::jthread([this](const std::stop_token& stop) { AbortStuck(stop); });
  }
}

ConnectionPool::~ConnectionPool() = default;

PoolUse ConnectionPool::InUse() const {
  std::lock_guard lock(mutex_);
  PoolUse use{.busy = 0, .size = static_cast<int>(slots_.size())};
  for (const Slot& slot : slots_) use.busy += slot.busy_since != Clock::time_point() ? 1 : 0;
  return use;
}

void ConnectionPool::LogStatements(std::ostream* stream) {
  for (size_t i = 0; i < slots_.size(); ++i) pool_.at(i).set_log_stream(stream);
}

void ConnectionPool::Use(const std::function<void(soci::session&, Kept&)>& work) {
  size_t number = 0;
  if (!pool_.try_lease(number, kLeaseTimeoutMs)) {
    throw Error(ErrorCode::kUnavailable, "database: all connections are busy");
  }
  const auto give_back = [&](soci::connection_pool* pool) {
    SetBusy(number, false);
    pool->give_back(number);
  };
  const std::unique_ptr<soci::connection_pool, decltype(give_back)> lease(&pool_, give_back);
  MakeReady(number);
  SetBusy(number, true);
  Translated([&] {
    LookAtClock(pool_.at(number));
    work(pool_.at(number), slots_[number].kept);
  });
}

void ConnectionPool::Read(const std::function<void(soci::session&)>& work) {
  Use([&](soci::session& session, Kept&) { work(session); });
}

void ConnectionPool::ReadKeeping(const std::function<void(soci::session&, Kept&)>& work) {
  Use(work);
}

void ConnectionPool::Write(const std::function<void(soci::session&)>& work) {
  std::unique_lock lock(write_mutex_, std::defer_lock);
  if (dialect().has_one_writer) lock.lock();
  Use([&](soci::session& session, Kept&) {
    Transaction transaction(session, dialect().begin);
    work(session);
    transaction.Commit();
  });
}

void ConnectionPool::MakeReady(size_t number) {
  Slot& slot = slots_[number];
  soci::session& session = pool_.at(number);
  if (slot.is_open && database_->IsAlive(session)) return;
  if (slot.is_open) {
    slot.kept.reset();
    session.close();
    slot.is_open = false;
  }
  CheckPause();
  try {
    database_->Open(session);
  } catch (const Error&) {
    if (session.get_backend() != nullptr) session.close();
    NoteConnect(false);
    throw;
  }
  slot.is_open = true;
  NoteConnect(true);
}

void ConnectionPool::LookAtClock(soci::session& session) {
  if (dialect().now_ms.empty()) return;
  {
    std::lock_guard lock(mutex_);
    if (Clock::now() < look_at_clock_at_) return;
    look_at_clock_at_ = Clock::now() + kClockAge;
  }
  const jobs::TimePoint before = machine_clock_.Now();
  const jobs::TimePoint shown{jobs::Milliseconds(QueryInteger(session, dialect().now_ms).value())};
  const jobs::Milliseconds lead = shown - (before + (machine_clock_.Now() - before) / 2);
  clock_lead_ms_ = std::chrono::abs(lead) < kClockError ? 0 : lead.count();
}

void ConnectionPool::CheckPause() {
  std::lock_guard lock(mutex_);
  if (Clock::now() < try_again_at_) {
    throw Error(ErrorCode::kUnavailable, "database: it did not answer a moment ago");
  }
}

void ConnectionPool::NoteConnect(bool is_done) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::lock_guard lock(mutex_);
  if (is_done) {
    pause_ = jobs::Milliseconds(0);
    return;
  }
  pause_ = std::clamp(pause_ * 2, kFirstPause, kMaxPause);
  std::uniform_int_distribution<int64_t> jitter(pause_.count() / 2, pause_.count());
  try_again_at_ = Clock::now() + jobs::Milliseconds(jitter(random));
}

void ConnectionPool::SetBusy(size_t number, bool is_busy) {
  std::lock_guard lock(mutex_);
  slots_[number].busy_since = is_busy ? Clock::now() : Clock::time_point();
}

/// The server ends what takes too long by itself; this is for a server, or a network, that hangs.
void ConnectionPool::AbortStuck(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    stopping_.wait_for(lock, stop, settings_.timeout / 4, [] { return false; });
    const auto limit = Clock::now() - settings_.timeout * kStuckTimeouts;
    for (size_t i = 0; i < slots_.size(); ++i) {
      const auto since = slots_[i].busy_since;
      // Whoever has the lease cannot give it back, and so not close it, while we have the mutex.
      if (since != Clock::time_point() && since < limit) database_->Abort(pool_.at(i));
    }
  }
}

}  // namespace stemscribe::db
