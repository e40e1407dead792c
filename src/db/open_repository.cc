#include <thread>

#include "base/error.h"
#include "db/migrate.h"
#include "db/sql_repository.h"

namespace stemscribe::db {
namespace {

constexpr jobs::Milliseconds kPause{250};

/// The database may be starting at the same time as we are.
void MigratePatiently(const RepositorySettings& settings, const jobs::Clock& clock) {
  const auto deadline = std::chrono::steady_clock::now() + settings.patience;
  bool is_told = false;
  while (true) {
    try {
      Migrate(settings.url, clock);
      return;
    } catch (const Error& error) {
      const bool is_late = std::chrono::steady_clock::now() >= deadline;
      if (error.code() != ErrorCode::kUnavailable || !IsShared(settings.url) || is_late) throw;
      if (settings.on_waiting && !is_told) settings.on_waiting(error.what());
      is_told = true;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

std::unique_ptr<Repository> OpenRepository(const RepositorySettings& settings,
                                           const jobs::Clock& clock) {
  MigratePatiently(settings, clock);
  return std::make_unique<SqlRepository>(settings, clock);
}

}  // namespace stemscribe::db
