#include "jobs/sweeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <set>

#include "jobs/job_endings.h"
#include "jobs/job_files.h"
#include "jobs/partial_upload.h"
#include "jobs/recovery.h"
#include "jobs/uuid.h"

namespace stemscribe::jobs {
namespace {

namespace fs = std::filesystem;

constexpr int kBatch = 200;
constexpr int kMostShown = 10'000;          // by a dry run
constexpr Milliseconds kFileTimeError{20};  // the time of files runs in steps of the kernel's clock

int64_t BytesOf(const fs::path& folder) {
  int64_t bytes = 0;
  std::error_code fault;
  for (fs::recursive_directory_iterator entry(folder, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    std::error_code gone;
    const auto size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
    if (!gone) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace

Sweeper::Sweeper(SweeperSettings settings, JobRepository& repository, BlobStore& store,
                 JobQueue& queue, EventBus& events, const Instance& instance, const Clock& clock,
                 SweeperHooks hooks)
    : settings_(std::move(settings)),
      parts_{repository, store, queue, events, instance},
      clock_(clock),
      hooks_(std::move(hooks)) {}

Sweeper::~Sweeper() { Stop(); }

void Sweeper::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

void Sweeper::Stop() { thread_ = {}; }

void Sweeper::Loop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  auto next_sweep = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    Guarded([&] { WatchRoom(); });
    Guarded([&] {
      Recover();
      if (std::chrono::steady_clock::now() < next_sweep) return;
      next_sweep = std::chrono::steady_clock::now() + settings_.sweep_interval;
      SweepNow({settings_.orphan_grace, settings_.upload_grace}, /*dry_run=*/false,
               /*by_turns=*/!settings_.is_single_host);
    });
    never.wait_for(lock, stop, settings_.lease_interval, [] { return false; });
  }
}

void Sweeper::Guarded(const std::function<void()>& work) const {
  try {
    work();
  } catch (const std::exception& error) {
    if (hooks_.on_error) hooks_.on_error(fmt::format("sweeper: {}", error.what()));
  }
}

void Sweeper::WatchRoom() {
  const StorageUsage usage = parts_.store.Usage();
  if (usage.low == is_low_) return;
  is_low_ = usage.low;
  if (hooks_.on_low) hooks_.on_low(usage);
}

void Sweeper::Recover() { RecoverJobs(parts_, hooks_.on_error); }

SweepReport Sweeper::Sweep(bool dry_run) {
  return SweepNow({settings_.orphan_grace, settings_.upload_grace}, dry_run, /*by_turns=*/false);
}

SweepReport Sweeper::Sweep(bool dry_run, Milliseconds grace) {
  return SweepNow({grace, grace}, dry_run, /*by_turns=*/false);
}

bool Sweeper::HasTurn() {
  return !by_turns_ ||
         parts_.repository.TakeTurn("sweep", parts_.instance.id(), settings_.sweep_interval);
}

SweepReport Sweeper::SweepNow(Grace grace, bool dry_run, bool by_turns) {
  std::lock_guard lock(sweep_mutex_);
  by_turns_ = by_turns;
  SweepReport report{.dry_run = dry_run, .expired_jobs = {}, .orphans = {}};
  if (HasTurn()) {
    SweepExpired(report);
    SweepOrphans(YoungestOrphan(grace.orphans), report);
    SweepUploads(report);
  }
  // What follows is of this machine and process: everybody's own.
  SweepScratch(report);
  Guarded([&] {
    for (const BlobInfo& stale :
         parts_.store.SweepTemporary(grace.orphans, grace.uploads, dry_run)) {
      report.orphans.push_back(stale.name);
      report.bytes += stale.bytes;
    }
  });
  if (!dry_run) parts_.store.RefreshUsage();
  return report;
}

void Sweeper::SweepExpired(SweepReport& report) {
  if (settings_.retention.count() == 0) return;
  const TimePoint limit = clock_.Now() - settings_.retention;
  if (report.dry_run) {
    for (const Job& job : parts_.repository.JobsEndedBefore(limit, kMostShown)) {
      report.expired_jobs.push_back(job.id);
      report.bytes += parts_.store.BytesBelow(JobPrefix(job.id));
    }
    return;
  }
  while (HasTurn()) {
    const std::vector<Job> expired = parts_.repository.JobsEndedBefore(limit, kBatch);
    if (expired.empty()) return;
    for (const Job& job : expired) {
      if (!parts_.repository.MarkExpired(job.id, limit)) continue;  // a user was faster
      report.expired_jobs.push_back(job.id);
      Guarded([&] { report.bytes += FinishDeletion(parts_.repository, parts_.store, job.id); });
    }
  }
}

void Sweeper::SweepOrphans(TimePoint youngest, SweepReport& report) {
  // The folders first, then the rows: a job that is created in between is found with its row.
  const std::vector<std::string> folders = parts_.store.ListFolders("jobs");
  int64_t num_foreign = 0;
  for (size_t start = 0; start < folders.size() && HasTurn(); start += kBatch) {
    const auto end = std::min(folders.size(), start + kBatch);
    const std::vector<std::string> some(folders.begin() + static_cast<std::ptrdiff_t>(start),
                                        folders.begin() + static_cast<std::ptrdiff_t>(end));
    const std::vector<std::string> found = parts_.repository.Existing(some);
    const std::set<std::string> known(found.begin(), found.end());
    for (const std::string& folder : some) {
      const std::string prefix = "jobs/" + folder;
      if (known.contains(folder)) {
        SweepAttempts(folder, report);
      } else if (const auto newest = NewestBelow(prefix); newest && *newest <= youngest) {
        if (*newest < settings_.database_made_at - kFileTimeError) {
          ++num_foreign;
        } else {
          Remove(prefix, report);
        }
      }
    }
  }
  TellOfForeign(num_foreign);
}

/// With the wrong database, or a new one where the old one was lost, every song is of no job.
void Sweeper::TellOfForeign(int64_t num_foreign) {
  if (num_foreign == num_foreign_) return;
  num_foreign_ = num_foreign;
  if (num_foreign == 0 || !hooks_.on_error) return;
  hooks_.on_error(fmt::format(
      "{} folders of jobs are of no job here, but older than the database: they stay. Is "
      "DATABASE_URL the one that belongs to the storage?",
      num_foreign));
}

void Sweeper::SweepUploads(SweepReport& report) {
  const TimePoint youngest = SystemClock().Now() - settings_.upload_grace;
  const std::string root(kUploadsFolder);
  for (const std::string& owner : parts_.store.ListFolders(root)) {
    const std::string uploads = fmt::format("{}/{}", root, owner);
    for (const std::string& id : parts_.store.ListFolders(uploads)) {
      if (!HasTurn()) return;
      const std::string prefix = fmt::format("{}/{}", uploads, id);
      if (const auto newest = NewestBelow(prefix); newest && *newest <= youngest) {
        Remove(prefix, report);
      }
    }
  }
}

TimePoint Sweeper::YoungestOrphan(Milliseconds grace) const {
  const TimePoint old_enough = SystemClock().Now() - grace;
  // What is older than the only process that could be uploading it was left by one that died.
  if (!settings_.is_single_host || !parts_.instance.IsAlone()) return old_enough;
  return std::max(old_enough, parts_.instance.started_at() - kFileTimeError);
}

std::optional<TimePoint> Sweeper::NewestBelow(const std::string& prefix) {
  // A young one is likely an upload whose job is about to be created. Its files may be younger than
  // the folder.
  std::optional<TimePoint> newest = parts_.store.FolderModifiedAt(prefix);
  if (!newest) return std::nullopt;
  for (const BlobInfo& blob : parts_.store.List(prefix)) {
    newest = std::max(*newest, blob.modified_at);
  }
  return newest;
}

void Sweeper::Remove(const std::string& prefix, SweepReport& report) {
  Guarded([&] {  // one that cannot be deleted keeps no other from it
    report.bytes +=
        report.dry_run ? parts_.store.BytesBelow(prefix) : parts_.store.DeletePrefix(prefix);
    report.orphans.push_back(prefix);
  });
}

void Sweeper::SweepAttempts(const std::string& id, SweepReport& report) {
  // The store was away when its attempt was cleaned up, or a worker that slept past its lease wrote
  // later. No attempt but the one in work can ever be published, however young its files are.
  for (const std::string& folder : parts_.store.ListFolders(JobPrefix(id))) {
    if (!folder.starts_with(".attempt-")) continue;
    const std::optional<Job> job = parts_.repository.Find(id);
    const std::string prefix = JobPrefix(id) + "/" + folder;
    const bool is_in_work = !job || (job->status == JobStatus::kProcessing &&
                                     prefix == AttemptPrefix(id, job->attempt));
    if (!is_in_work) Remove(prefix, report);
  }
}

void Sweeper::SweepScratch(SweepReport& report) {
  if (settings_.scratch_dir.empty()) return;
  for (const fs::path& folder : DeadScratch(settings_.scratch_dir, parts_.instance)) {
    report.orphans.push_back("scratch/" + folder.filename().string());
    report.bytes += BytesOf(folder);
    std::error_code ignored;
    if (!report.dry_run) fs::remove_all(folder, ignored);
  }
}

}  // namespace stemscribe::jobs
