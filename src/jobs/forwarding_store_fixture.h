// A store before the real one: tests override what is to fail.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jobs/blob_store.h"

namespace stemscribe::jobs {

/// `real` outlives it.
class ForwardingStore : public BlobStore {
 public:
  explicit ForwardingStore(BlobStore& real) : real_(real) {}

  std::unique_ptr<BlobWriter> Create(const std::string& name, int64_t expected_bytes) override {
    return real_.Create(name, expected_bytes);
  }
  void Adopt(const std::filesystem::path& file, const std::string& name) override {
    real_.Adopt(file, name);
  }
  std::optional<BlobInfo> Stat(const std::string& name) override { return real_.Stat(name); }
  std::optional<std::filesystem::path> LocalPath(const std::string& name) override {
    return real_.LocalPath(name);
  }
  std::unique_ptr<BlobReader> OpenRange(const std::string& name, int64_t first,
                                        int64_t count) override {
    return real_.OpenRange(name, first, count);
  }
  std::optional<std::string> DownloadUrl(const std::string& name,
                                         const DownloadHeaders& headers) override {
    return real_.DownloadUrl(name, headers);
  }
  std::vector<BlobInfo> List(const std::string& prefix) override { return real_.List(prefix); }
  std::vector<std::string> ListFolders(const std::string& prefix) override {
    return real_.ListFolders(prefix);
  }
  std::optional<TimePoint> FolderModifiedAt(const std::string& prefix) override {
    return real_.FolderModifiedAt(prefix);
  }
  void MoveFolder(const std::string& from, const std::string& to) override {
    real_.MoveFolder(from, to);
  }
  int64_t DeletePrefix(const std::string& prefix) override { return real_.DeletePrefix(prefix); }
  int64_t BytesBelow(const std::string& prefix) override { return real_.BytesBelow(prefix); }
  void CheckRoom(int64_t bytes) override { real_.CheckRoom(bytes); }
  StorageUsage Usage() override { return real_.Usage(); }
  void RefreshUsage() override { real_.RefreshUsage(); }
  std::vector<BlobInfo> SweepTemporary(Milliseconds age, Milliseconds upload_age,
                                       bool dry_run) override {
    return real_.SweepTemporary(age, upload_age, dry_run);
  }
  void CheckHealth() override { real_.CheckHealth(); }

 private:
  BlobStore& real_;
};

}  // namespace stemscribe::jobs
