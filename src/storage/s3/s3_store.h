// Blobs as objects of an S3 bucket: {prefix}/jobs/{id}/…. What is written goes to a local spool
// first (the probe of an upload reads it there), and to the bucket in parts while it grows.
#pragma once

#include "jobs/blob_store.h"
#include "storage/room.h"
#include "storage/s3/s3_client.h"
#include "storage/temp_folder.h"

namespace stemscribe::storage {

/// Moves are copies and deletions, so readers may see half of one; who moves may repeat it.
class S3Store final : public jobs::BlobStore {
 public:
  /// Counts what is there if there is a limit. Throws as BlobWriter.
  explicit S3Store(S3Settings settings);

  std::unique_ptr<jobs::BlobWriter> Create(const std::string& name,
                                           int64_t expected_bytes) override;
  void Adopt(const std::filesystem::path& file, const std::string& name) override;
  std::optional<jobs::BlobInfo> Stat(const std::string& name) override;
  std::optional<std::filesystem::path> LocalPath(const std::string& name) override;
  std::unique_ptr<jobs::BlobReader> OpenRange(const std::string& name, int64_t first,
                                              int64_t count) override;
  std::optional<std::string> DownloadUrl(const std::string& name,
                                         const jobs::DownloadHeaders& headers) override;
  std::vector<jobs::BlobInfo> List(const std::string& prefix) override;
  std::vector<std::string> ListFolders(const std::string& prefix) override;
  std::optional<jobs::TimePoint> FolderModifiedAt(const std::string& prefix) override;
  void MoveFolder(const std::string& from, const std::string& to) override;
  int64_t DeletePrefix(const std::string& prefix) override;
  int64_t BytesBelow(const std::string& prefix) override;
  void CheckRoom(int64_t bytes) override { room_.Check(bytes); }
  jobs::StorageUsage Usage() override { return room_.Usage(); }

  /// Does nothing without a limit: a count is a request for each 1000 blobs.
  void RefreshUsage() override;
  std::vector<jobs::BlobInfo> SweepTemporary(jobs::Milliseconds age, jobs::Milliseconds upload_age,
                                             bool dry_run) override;
  void CheckHealth() override;

 private:
  std::string KeyOf(const std::string& name) const;
  std::string NameOf(const std::string& key) const;

  S3Client client_;
  const std::string key_prefix_;  // with '/' at its end, or empty
  const TempFolder spool_;
  Room room_;
};

}  // namespace stemscribe::storage
