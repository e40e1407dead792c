// stemscribed migrate-data: from an embedded installation to a shared one; and stemscribed backup.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "app/cli/exit_code.h"
#include "app/service/commands.h"
#include "app/service/core.h"
#include "base/error.h"
#include "db/copy_tables.h"
#include "db/migrate.h"
#include "jobs/job_files.h"

namespace stemscribe::app {
namespace {

constexpr size_t kBlockBytes = 1 << 20;

void CopyBlob(jobs::BlobStore& from, jobs::BlobStore& to, const jobs::BlobInfo& blob) {
  const auto reader = from.Open(blob.name);
  const auto writer = to.Create(blob.name, blob.bytes);
  std::vector<std::byte> block(kBlockBytes);
  while (const size_t count = reader->Read(block)) {
    writer->Write(std::span(block).first(count));
  }
  writer->Commit();
}

struct Copied {
  int64_t blobs = 0;
  int64_t bytes = 0;
};

/// Copies what is not there yet.
Copied CopyBlobs(jobs::BlobStore& from, jobs::BlobStore& to) {
  Copied copied;
  for (const jobs::BlobInfo& blob : from.List("jobs")) {
    const auto there = to.Stat(blob.name);
    if (there && there->bytes == blob.bytes) continue;
    try {
      CopyBlob(from, to, blob);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      continue;  // deleted meanwhile
    }
    ++copied.blobs;
    copied.bytes += blob.bytes;
  }
  return copied;
}

/// Deletes the jobs that `from` has no more; gives their number.
int64_t DropOthers(jobs::BlobStore& from, jobs::BlobStore& to) {
  const std::vector<std::string> kept = from.ListFolders("jobs");
  const std::set<std::string> names(kept.begin(), kept.end());
  int64_t dropped = 0;
  for (const std::string& name : to.ListFolders("jobs")) {
    if (names.contains(name)) continue;
    to.DeletePrefix("jobs/" + name);
    ++dropped;
  }
  return dropped;
}

/// Drops results of an attempt that are in their place, too: they were moved there between two
/// passes, and a service that finds both could not finish what it began.
void DropMoved(jobs::BlobStore& store) {
  for (const std::string& id : store.ListFolders("jobs")) {
    const std::string job = jobs::JobPrefix(id);
    for (const std::string& attempt : store.ListFolders(job)) {
      if (!attempt.starts_with(".attempt-")) continue;
      for (const std::string& stage : store.ListFolders(fmt::format("{}/{}", job, attempt))) {
        const std::string prefix = fmt::format("{}/{}/{}", job, attempt, stage);
        const std::vector<jobs::BlobInfo> blobs = store.List(prefix);
        const bool is_moved = std::ranges::all_of(blobs, [&](const jobs::BlobInfo& blob) {
          return store.Stat(fmt::format("{}/{}{}", job, stage, blob.name.substr(prefix.size())))
              .has_value();
        });
        if (is_moved) store.DeletePrefix(prefix);
      }
    }
  }
}

void PrintRows(const std::map<std::string, int64_t>& rows_by_table) {
  for (const auto& [table, rows] : rows_by_table) fmt::print("{:<16} {} new\n", table, rows);
}

bool IsWithin(const std::filesystem::path& folder, const std::filesystem::path& other) {
  const auto path = std::filesystem::weakly_canonical(folder);
  const auto above = std::filesystem::weakly_canonical(other);
  return std::ranges::mismatch(above, path).in1 == above.end();
}

}  // namespace

int MigrateData(const config::Settings& from, const config::Settings& settings) {
  if (from.database.url == settings.database.url) {
    throw Error(ErrorCode::kInvalidArgument, "there is nowhere to move to",
                {{"DATABASE_URL", "must name the new database, --from-database the old one"}});
  }
  const jobs::Instance instance(from.storage.path / ".instances");
  if (!instance.IsAlone()) {
    throw Error(ErrorCode::kConflict, "the old service is running: stop it first");
  }
  const jobs::SystemClock clock;
  db::Migrate(from.database.url, clock);
  db::Migrate(settings.database.url, clock);
  const auto same_folder = settings.storage.url.empty() && from.storage.url.empty() &&
                           std::filesystem::weakly_canonical(from.storage.path) ==
                               std::filesystem::weakly_canonical(settings.storage.path);
  if (!same_folder) {
    // The songs first: no row may speak of one that is not there.
    const auto source = OpenStore(from.storage);
    const auto target = OpenStore(settings.storage);
    const Copied copied = CopyBlobs(*source, *target);
    fmt::print("{:<16} {} new, {} bytes\n", "files", copied.blobs, copied.bytes);
  }
  PrintRows(db::CopyTables({.url = from.database.url}, {.url = settings.database.url}));
  return kExitOk;
}

int Backup(const config::Settings& settings, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (IsWithin(folder, settings.storage.path)) {
    throw Error(ErrorCode::kInvalidArgument, "a backup cannot be a part of what it copies",
                {{"folder", "must lie outside of STORAGE_PATH"}});
  }
  const fs::path database = fs::absolute(folder) / "api.db";
  const fs::path new_database = fs::path(database) += ".new";
  config::StorageSettings copy;
  copy.path = fs::absolute(folder) / "storage";
  fs::create_directories(copy.path);
  fs::permissions(folder, fs::perms::owner_all);  // songs and the hashes of keys
  fs::remove(new_database);                       // of a backup that was interrupted
  const auto source = OpenStore(settings.storage);
  const auto target = OpenStore(copy);
  const Copied most = CopyBlobs(*source, *target);  // before the rows are read
  const std::string url = "sqlite:///" + new_database.string();
  db::Migrate(url, jobs::SystemClock());
  const auto rows = db::CopyTables({.url = settings.database.url}, {.url = url});
  const Copied rest = CopyBlobs(*source, *target);
  DropMoved(*target);
  fs::rename(new_database, database);
  const int64_t dropped = DropOthers(*source, *target);
  fmt::print("{:<16} {} new, {} bytes; of {} jobs dropped\n", "files", most.blobs + rest.blobs,
             most.bytes + rest.bytes, dropped);
  PrintRows(rows);
  return kExitOk;
}

}  // namespace stemscribe::app
