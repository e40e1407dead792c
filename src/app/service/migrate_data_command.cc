// stemscribed migrate-data: from an embedded installation to a shared one.
#include <fmt/format.h>

#include <array>
#include <cstdio>

#include "app/cli/exit_code.h"
#include "app/service/commands.h"
#include "app/service/core.h"
#include "base/error.h"
#include "db/copy_tables.h"
#include "db/migrate.h"

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

/// Gives the number and the bytes of the blobs that were not there yet.
std::pair<int64_t, int64_t> CopyBlobs(jobs::BlobStore& from, jobs::BlobStore& to) {
  int64_t count = 0;
  int64_t bytes = 0;
  for (const jobs::BlobInfo& blob : from.List("jobs")) {
    const auto there = to.Stat(blob.name);
    if (there && there->bytes == blob.bytes) continue;
    CopyBlob(from, to, blob);
    ++count;
    bytes += blob.bytes;
  }
  return {count, bytes};
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
    const auto [count, bytes] = CopyBlobs(*source, *target);
    fmt::print("{:<16} {} new, {} bytes\n", "files", count, bytes);
  }
  for (const auto& [table, rows] :
       db::CopyTables({.url = from.database.url}, {.url = settings.database.url})) {
    fmt::print("{:<16} {} new\n", table, rows);
  }
  return kExitOk;
}

}  // namespace stemscribe::app
