// For the model check: repository and store whose every call is a step of the process that makes
// it. The repository is the real one, on SQLite, each method being one transaction; the store is a
// map that moves folders as a bucket does, blob by blob, or at once as a disk does.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "jobs/blob_store.h"
#include "jobs/job_repository.h"
#include "jobs/model_process_fixture.h"

namespace stemscribe::jobs {

using ModelFiles = std::map<std::string, std::string>;  // name to content

enum class Mutation {
  kNone,
  kNoFencing,         // Decide does not look at who holds the lease
  kMoveBeforeDecide,  // files are put in their place before the result is decided
};

inline std::string TextOfJob(const std::optional<Job>& job) {
  if (!job) return "none";
  return fmt::format("{}{}{}@{}{}", StatusName(job->status), job->publishing ? "+" : "",
                     job->cancel_requested ? "x" : "", job->lease_owner, job->attempt);
}

inline std::string TextOfJobs(const std::vector<Job>& jobs) {
  std::string text;
  for (const Job& job : jobs) text += TextOfJob(job) + ",";
  return text;
}

inline std::string TextOfNames(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + ",";
  return text;
}

/// What workers, users and recovery call. `real` outlives it.
class ModelRepository final : public JobRepository {
 private:
  template <typename Real, typename TextOf>
  auto DoReal(const char* name, bool may_be_lost, Real real, TextOf text_of) {
    const auto use = [&] {
      on_use_();
      return real();
    };
    return process_->Do(name, may_be_lost, use, text_of);
  }
  template <typename Real>
  std::optional<Job> DoJob(const char* name, Real real) {
    return DoReal(name, true, real, TextOfJob);
  }

 public:
  ModelRepository(JobRepository& real, Mutation mutation) : real_(real), mutation_(mutation) {}

  /// `on_use` runs before the real repository is used.
  void SetProcess(ModelProcess* process, std::function<void()> on_use) {
    process_ = process;
    on_use_ = std::move(on_use);
  }

  /// The attempts that were told that theirs is the result.
  std::vector<int64_t> decided{};

  std::optional<Job> Claim(const std::string& owner, Milliseconds lease) override {
    return DoJob("Claim", [&] { return real_.Claim(owner, lease); });
  }
  std::optional<Job> Decide(const LeaseKey& key, const std::string& result) override {
    return DoJob("Decide", [&] {
      LeaseKey used = key;
      if (mutation_ == Mutation::kNoFencing) {
        if (const auto now = real_.Find(key.job_id))
          used = {now->id, now->lease_owner, now->attempt};
      }
      std::optional<Job> job = real_.Decide(used, result);
      if (job && std::find(decided.begin(), decided.end(), key.attempt) == decided.end()) {
        decided.push_back(key.attempt);
      }
      return job;
    });
  }
  std::optional<Job> Finish(const std::string& id, int64_t attempt) override {
    return DoJob("Finish", [&] { return real_.Finish(id, attempt); });
  }
  std::optional<Job> Fail(const LeaseKey& key, const JobFailure& failure) override {
    return DoJob("Fail", [&] { return real_.Fail(key, failure); });
  }
  std::optional<Job> FinishCancel(const LeaseKey& key) override {
    return DoJob("FinishCancel", [&] { return real_.FinishCancel(key); });
  }
  std::optional<Job> ReturnToQueue(const LeaseKey& key) override {
    return DoJob("ReturnToQueue", [&] { return real_.ReturnToQueue(key); });
  }
  std::optional<Job> Find(const std::string& id) override {
    return DoJob("Find", [&] { return real_.Find(id); });
  }
  std::vector<Job> ReleaseLeases(const std::vector<std::string>& dead) override {
    return DoReal("ReleaseLeases", true, [&] { return real_.ReleaseLeases(dead); }, TextOfJobs);
  }
  std::vector<Job> PublishingJobs(const std::vector<std::string>& dead) override {
    return DoReal("PublishingJobs", false, [&] { return real_.PublishingJobs(dead); }, TextOfJobs);
  }
  std::vector<std::string> DeletingJobs() override {
    return DoReal("DeletingJobs", false, [&] { return real_.DeletingJobs(); }, TextOfNames);
  }
  void EraseRow(const std::string& id) override {
    DoReal("EraseRow", false, [&] { return real_.EraseRow(id), true; }, [](bool) { return ""; });
  }
  Job RequestCancel(const std::string& id) override {
    return *DoJob("RequestCancel", [&] { return std::optional(real_.RequestCancel(id)); });
  }
  Job Requeue(const std::string& id) override {
    return *DoJob("Requeue", [&] { return std::optional(real_.Requeue(id)); });
  }
  std::optional<Job> MarkDeleting(const std::string& id) override {
    return DoJob("MarkDeleting", [&] { return real_.MarkDeleting(id); });
  }

  // They change nothing, and nothing that the model looks at depends on them.
  std::vector<std::string> LeaseOwners() override { return {}; }
  std::vector<std::string> QueuedJobs(int, const std::string&) override { return {}; }

  // Not called.
  CreateResult Create(const NewJob&) override { throw Unused(); }
  std::vector<Job> FindAll(const std::vector<std::string>&) override { throw Unused(); }
  std::optional<Job> FindByIdempotencyKey(const std::string&, const std::string&) override {
    throw Unused();
  }
  std::vector<Job> CompletedOf(const std::string&, const std::string&, int) override {
    throw Unused();
  }
  std::optional<std::string> FindResult(const std::string&) override { throw Unused(); }
  JobPage List(const JobFilter&, int, const std::string&) override { throw Unused(); }
  std::optional<int64_t> QueuePosition(const std::string&) override { throw Unused(); }
  std::map<JobStatus, int64_t> CountByStatus() override { throw Unused(); }
  void CheckHealth() override { throw Unused(); }
  LeaseState RenewLease(const LeaseKey&, Milliseconds) override { throw Unused(); }
  std::optional<Job> UpdateProgress(const LeaseKey&, const JobProgress&) override {
    throw Unused();
  }
  bool IsDeletable(const std::string&) override { throw Unused(); }
  bool MarkExpired(const std::string&, TimePoint) override { throw Unused(); }
  std::vector<Job> JobsEndedBefore(TimePoint, int) override { throw Unused(); }
  std::vector<std::string> Existing(const std::vector<std::string>&) override { throw Unused(); }
  std::vector<WebhookDelivery> TakeDueWebhooks(int, Milliseconds,
                                               const std::vector<std::string>&) override {
    throw Unused();
  }
  bool TakeTurn(const std::string&, const std::string&, Milliseconds) override { throw Unused(); }
  void WebhookDelivered(const std::string&) override { throw Unused(); }
  void WebhookFailed(const std::string&, const std::string&, std::optional<TimePoint>) override {
    throw Unused();
  }

 private:
  static Error Unused() { return Error(ErrorCode::kInternal, "not part of the model"); }

  JobRepository& real_;
  const Mutation mutation_;
  ModelProcess* process_ = nullptr;
  std::function<void()> on_use_;
};

class ModelStore final : public BlobStore {
 public:
  explicit ModelStore(bool is_bucket) : is_bucket_(is_bucket) {}

  void SetProcess(ModelProcess* process) { process_ = process; }

  ModelFiles files{};

  void Put(const std::string& name, const std::string& content) {
    Change("Put " + name, [&] { files[name] = content; });
  }

  /// As S3Store, or as LocalStore.
  void MoveFolder(const std::string& from, const std::string& to) override {
    if (!is_bucket_) {
      return Change("Move " + from, [&] {
        const std::vector<std::string> names = NamesBelow(from);
        if (names.empty() && NamesBelow(to).empty()) throw Missing();
        for (const std::string& name : names) {
          files[to + name.substr(from.size())] = std::exchange(files[name], "");
          files.erase(name);
        }
      });
    }
    const std::vector<std::string> names = ListNames(from);
    if (names.empty() && ListNames(to).empty()) throw Missing();
    for (const std::string& name : names) {
      const std::string target = to + name.substr(from.size());
      Change("Copy " + name, [&] {
        if (files.contains(name)) {
          files[target] = files[name];
        } else if (!files.contains(target)) {
          throw Missing();
        }
      });
    }
    Remove(names);
  }
  int64_t DeletePrefix(const std::string& prefix) override {
    if (is_bucket_) {
      Remove(ListNames(prefix));
    } else {
      Change("DeletePrefix " + prefix, [&] {
        for (const std::string& name : NamesBelow(prefix)) files.erase(name);
      });
    }
    return 0;
  }
  std::vector<std::string> ListFolders(const std::string& prefix) override {
    return process_->Do(
        "ListFolders", false,
        [&] {
          std::vector<std::string> folders;
          for (const std::string& name : NamesBelow(prefix)) {
            const std::string rest = name.substr(prefix.size() + 1);
            const std::string folder = rest.substr(0, rest.find('/'));
            if (folders.empty() || folders.back() != folder) folders.push_back(folder);
          }
          return folders;
        },
        TextOfNames);
  }

  std::vector<std::string> NamesBelow(const std::string& prefix) const {
    std::vector<std::string> names;
    for (auto file = files.lower_bound(prefix + "/");
         file != files.end() && file->first.starts_with(prefix + "/"); ++file) {
      names.push_back(file->first);
    }
    return names;
  }

  // Not called.
  std::unique_ptr<BlobWriter> Create(const std::string&, int64_t) override { throw Missing(); }
  void Adopt(const std::filesystem::path&, const std::string&) override { throw Missing(); }
  std::optional<BlobInfo> Stat(const std::string&) override { throw Missing(); }
  std::optional<std::filesystem::path> LocalPath(const std::string&) override { throw Missing(); }
  std::unique_ptr<BlobReader> OpenRange(const std::string&, int64_t, int64_t) override {
    throw Missing();
  }
  std::optional<std::string> DownloadUrl(const std::string&, const DownloadHeaders&) override {
    throw Missing();
  }
  std::vector<BlobInfo> List(const std::string&) override { throw Missing(); }
  std::optional<TimePoint> FolderModifiedAt(const std::string&) override { throw Missing(); }
  int64_t BytesBelow(const std::string&) override { throw Missing(); }
  void CheckRoom(int64_t) override {}
  StorageUsage Usage() override { return {}; }
  void RefreshUsage() override {}
  std::vector<BlobInfo> SweepTemporary(Milliseconds, Milliseconds, bool) override { return {}; }
  void CheckHealth() override {}

 private:
  static Error Missing() { return Error(ErrorCode::kNotFound, "no such folder"); }

  template <typename Work>
  void Change(const std::string& name, Work work) {
    process_->Do(name, false, [&] { return work(), true; }, [](bool) { return ""; });
  }
  std::vector<std::string> ListNames(const std::string& prefix) {
    return process_->Do("List", false, [&] { return NamesBelow(prefix); }, TextOfNames);
  }
  void Remove(const std::vector<std::string>& names) {
    if (names.empty()) return;
    Change("Remove " + names.front(), [&] {
      for (const std::string& name : names) files.erase(name);
    });
  }

  const bool is_bucket_;
  ModelProcess* process_ = nullptr;
};

}  // namespace stemscribe::jobs
