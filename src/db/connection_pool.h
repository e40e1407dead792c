// Connections to the database, leased for one piece of work at a time. They are opened when needed;
// one that broke is replaced, and a database that is away is asked again after pauses that grow.
#pragma once

#include <soci/soci.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "db/database.h"
#include "db/repository.h"

namespace stemscribe::db {

/// Thread-safe. All work throws Error{kUnavailable} when the database cannot be reached: what was
/// being committed then may or may not be.
class ConnectionPool {
 public:
  /// `machine_clock` is that of the system if it is null, and must outlive the pool.
  ConnectionPool(const DatabaseSettings& settings, int size,
                 const jobs::Clock* machine_clock = nullptr);
  ~ConnectionPool();

  const Dialect& dialect() const { return database_->dialect(); }

  PoolUse InUse() const;

  /// By how much the database's clock is ahead of this machine's, as it was found within the last
  /// minute of use; zero if that is less than a second. Machines whose clocks differ would take
  /// each other's leases away.
  jobs::Milliseconds ClockLead() const { return jobs::Milliseconds(clock_lead_ms_.load()); }

  /// Every statement is written to `stream` from now on (null: no more): for tests of one thread.
  void LogStatements(std::ostream* stream);

  /// Runs `work` on a connection. SOCI's errors come out translated.
  void Read(const std::function<void(soci::session&)>& work);

  /// The same, with what `work` keeps with the connection: it is destroyed before the connection.
  using Kept = std::shared_ptr<void>;
  void ReadKeeping(const std::function<void(soci::session&, Kept& kept)>& work);

  /// Runs `work` in a transaction. Rolled back if it throws. Where there can be one writer only,
  /// those of this process wait for a mutex: that is fair and cheap, SQLite's own retry is neither.
  void Write(const std::function<void(soci::session&)>& work);

 private:
  using Clock = std::chrono::steady_clock;
  struct Slot {
    bool is_open = false;
    Kept kept{};
    Clock::time_point busy_since{};  // guarded by mutex_; zero: not busy
  };

  void Use(const std::function<void(soci::session&, Kept&)>& work);
  void MakeReady(size_t number);
  void LookAtClock(soci::session& session);
  void CheckPause();
  void NoteConnect(bool is_done);
  void SetBusy(size_t number, bool is_busy);
  void AbortStuck(const std::stop_token& stop);

  const std::unique_ptr<const Database> database_;
  const DatabaseSettings settings_;
  const jobs::SystemClock system_clock_{};
  const jobs::Clock& machine_clock_;
  std::atomic<int64_t> clock_lead_ms_{0};
  soci::connection_pool pool_;
  std::vector<Slot> slots_;  // an entry belongs to who has the lease of that number
  std::mutex write_mutex_;   // held by the one writer

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any stopping_;
  jobs::Milliseconds pause_{0};
  Clock::time_point try_again_at_{};
  Clock::time_point look_at_clock_at_{};

  std::jthread watchdog_;  // the last: it uses the others
};

}  // namespace stemscribe::db
