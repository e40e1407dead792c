// Blobs as files below one folder:
//   {root}/jobs/{id}/…   the blobs
//   {root}/.tmp/…        unfinished writes: on the same file system, so that Commit is a rename
#pragma once

#include <filesystem>

#include "jobs/blob_store.h"
#include "jobs/clock.h"
#include "storage/room.h"
#include "storage/temp_folder.h"

namespace stemscribe::storage {

struct LocalStoreSettings {
  std::filesystem::path root = "./storage";
  int64_t limit_bytes = 0;     // of all blobs; 0: none
  int64_t low_disk_bytes = 0;  // this much of the disk stays free
};

class LocalStore final : public jobs::BlobStore {
 public:
  /// Makes the folders and counts what is there. Throws as BlobWriter.
  explicit LocalStore(LocalStoreSettings settings);

  std::unique_ptr<jobs::BlobWriter> Create(const std::string& name,
                                           int64_t expected_bytes) override;
  void Adopt(const std::filesystem::path& file, const std::string& name) override;
  std::optional<jobs::BlobInfo> Stat(const std::string& name) override;
  std::optional<std::filesystem::path> LocalPath(const std::string& name) override;
  std::unique_ptr<jobs::BlobReader> OpenRange(const std::string& name, int64_t first,
                                              int64_t count) override;
  std::optional<std::string> DownloadUrl(const std::string&,
                                         const jobs::DownloadHeaders&) override {
    return std::nullopt;
  }
  std::vector<jobs::BlobInfo> List(const std::string& prefix) override;
  std::vector<std::string> ListFolders(const std::string& prefix) override;
  std::optional<jobs::TimePoint> FolderModifiedAt(const std::string& prefix) override;
  void MoveFolder(const std::string& from, const std::string& to) override;
  int64_t DeletePrefix(const std::string& prefix) override;
  int64_t BytesBelow(const std::string& prefix) override;
  void CheckRoom(int64_t bytes) override { room_.Check(bytes); }
  jobs::StorageUsage Usage() override { return room_.Usage(); }
  void RefreshUsage() override;
  std::vector<jobs::BlobInfo> SweepTemporary(jobs::Milliseconds age, jobs::Milliseconds,
                                             bool dry_run) override {
    return temp_.Sweep(age, dry_run);
  }
  void CheckHealth() override;

 private:
  std::filesystem::path PathOf(const std::string& name) const;

  /// Gives the finished, synced file `from` its name, durably.
  void Publish(const std::filesystem::path& from, const std::filesystem::path& to);

  const LocalStoreSettings settings_;
  const TempFolder temp_;
  Room room_;
};

}  // namespace stemscribe::storage
