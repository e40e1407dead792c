#include "storage/s3/s3_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "jobs/partial_upload.h"
#include "storage/blob_name.h"
#include "storage/file_io.h"
#include "storage/local_writer.h"
#include "storage/s3/s3_upload.h"

namespace stemscribe::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kUrlLifetime = std::chrono::minutes(15);

/// Spools, and uploads what was spooled.
class S3Writer final : public jobs::BlobWriter {
 public:
  S3Writer(S3Client& client, Room& room, std::string key, const fs::path& spool,
           int64_t expected_bytes)
      : room_(room),
        spool_(
            spool, expected_bytes, [&room](int64_t bytes) { room.Reserve(bytes); }, nullptr),
        upload_(client, std::move(key), spool) {}

  void Write(std::span<const std::byte> data) override {
    spool_.Write(data);
    upload_.Advance(spool_.bytes_written());
  }
  void Sync() override {}  // Commit does: nothing is durable before
  const fs::path& LocalFile() const override { return spool_.LocalFile(); }
  void Commit() override {
    upload_.Finish(bytes_written());
    room_.Add(bytes_written());
  }
  int64_t bytes_written() const override { return spool_.bytes_written(); }

 private:
  Room& room_;
  LocalWriter spool_;  // never committed: its file goes with it
  S3Upload upload_;
};

/// Fetches one range after another, so that each can be tried again by itself.
class S3Reader final : public jobs::BlobReader {
 public:
  S3Reader(S3Client& client, std::string key, int64_t first, int64_t count)
      : client_(client), key_(std::move(key)), position_(first), left_(count) {
    Fetch();
  }

  size_t Read(std::span<std::byte> out) override {
    if (used_ == block_.data.size() && left_ > 0) Fetch();
    const size_t count = std::min(out.size(), block_.data.size() - used_);
    std::copy_n(std::as_bytes(std::span(block_.data)).begin() + static_cast<std::ptrdiff_t>(used_),
                count, out.begin());
    used_ += count;
    return count;
  }

 private:
  void Fetch() {
    const int64_t wanted = std::min(left_, client_.settings().read_bytes);
    block_ = client_.Get(key_, position_, wanted, block_.etag);
    used_ = 0;
    const auto got = static_cast<int64_t>(block_.data.size());
    position_ += got;
    left_ = std::min(left_ - got, block_.total_bytes - position_);
    if (got == 0) left_ = 0;
  }

  S3Client& client_;
  const std::string key_;
  int64_t position_;
  int64_t left_;
  S3Range block_;
  size_t used_ = 0;
};

}  // namespace

S3Store::S3Store(S3Settings settings)
    : client_(std::move(settings)),
      key_prefix_(client_.settings().prefix.empty() ? "" : client_.settings().prefix + "/"),
      spool_(client_.settings().spool_dir),
      room_(spool_.path(), client_.settings().limit_bytes, client_.settings().low_disk_bytes) {
  std::error_code fault;
  fs::create_directories(spool_.path(), fault);
  if (fault) throw FileError(fault.value(), "spool " + spool_.path().string());
  RefreshUsage();
}

std::string S3Store::KeyOf(const std::string& name) const {
  CheckBlobName(name);
  return key_prefix_ + name;
}

std::string S3Store::NameOf(const std::string& key) const { return key.substr(key_prefix_.size()); }

std::unique_ptr<jobs::BlobWriter> S3Store::Create(const std::string& name, int64_t expected_bytes) {
  std::string key = KeyOf(name);
  fs::path spool = spool_.NewPath("write");
  spool += fs::path(name).extension();
  return std::make_unique<S3Writer>(client_, room_, std::move(key), spool, expected_bytes);
}

void S3Store::Adopt(const fs::path& file, const std::string& name) {
  S3Upload upload(client_, KeyOf(name), file);
  const auto bytes = static_cast<int64_t>(fs::file_size(file));
  if (client_.settings().limit_bytes > 0) room_.Check(bytes);
  upload.Finish(bytes);
  room_.Add(bytes);
  fs::remove(file);
}

std::optional<jobs::BlobInfo> S3Store::Stat(const std::string& name) {
  const std::optional<S3Object> object = client_.Head(KeyOf(name));
  if (!object) return std::nullopt;
  return jobs::BlobInfo{.name = name, .bytes = object->bytes, .modified_at = object->modified_at};
}

std::optional<fs::path> S3Store::LocalPath(const std::string& name) {
  CheckBlobName(name);
  return std::nullopt;
}

std::unique_ptr<jobs::BlobReader> S3Store::OpenRange(const std::string& name, int64_t first,
                                                     int64_t count) {
  return std::make_unique<S3Reader>(client_, KeyOf(name), first, count);
}

std::optional<std::string> S3Store::DownloadUrl(const std::string& name,
                                                const jobs::DownloadHeaders& headers) {
  const std::string key = KeyOf(name);
  if (!client_.settings().redirect_downloads) return std::nullopt;
  NameValues query{{"response-content-type", headers.content_type}};
  if (!headers.content_disposition.empty()) {
    query.emplace_back("response-content-disposition", headers.content_disposition);
  }
  return client_.Presign(key, query, kUrlLifetime);
}

std::vector<jobs::BlobInfo> S3Store::List(const std::string& prefix) {
  std::vector<jobs::BlobInfo> blobs;
  client_.List(KeyOf(prefix) + "/", /*by_folder=*/false, [&](const S3Page& page) {
    for (const S3Object& object : page.objects) {
      blobs.push_back(
          {.name = NameOf(object.key), .bytes = object.bytes, .modified_at = object.modified_at});
    }
    return true;
  });
  std::sort(blobs.begin(), blobs.end(),
            [](const auto& left, const auto& right) { return left.name < right.name; });
  return blobs;
}

std::vector<std::string> S3Store::ListFolders(const std::string& prefix) {
  std::vector<std::string> names;
  const std::string key = KeyOf(prefix) + "/";
  client_.List(key, /*by_folder=*/true, [&](const S3Page& page) {
    for (const std::string& folder : page.folders) {
      names.push_back(folder.substr(key.size(), folder.size() - key.size() - 1));
    }
    return true;
  });
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<jobs::TimePoint> S3Store::FolderModifiedAt(const std::string& prefix) {
  std::optional<jobs::TimePoint> newest;
  for (const jobs::BlobInfo& blob : List(prefix)) {
    newest = std::max(newest.value_or(blob.modified_at), blob.modified_at);
  }
  return newest;
}

void S3Store::MoveFolder(const std::string& from, const std::string& to) {
  const std::vector<jobs::BlobInfo> blobs = List(from);
  const std::string target = KeyOf(to);
  if (blobs.empty() && List(to).empty()) {
    throw Error(ErrorCode::kNotFound, fmt::format("there is no folder {}", from));
  }
  std::vector<std::string> copied;
  for (const jobs::BlobInfo& blob : blobs) {
    const std::string key = target + blob.name.substr(from.size());
    try {
      client_.Copy(KeyOf(blob.name), key);
    } catch (const Error& error) {
      // Somebody else who moves the same was faster.
      if (error.code() != ErrorCode::kNotFound || !client_.Head(key)) throw;
    }
    copied.push_back(KeyOf(blob.name));
  }
  client_.Delete(copied);
}

int64_t S3Store::DeletePrefix(const std::string& prefix) {
  std::vector<std::string> keys;
  int64_t bytes = 0;
  for (const jobs::BlobInfo& blob : List(prefix)) {
    keys.push_back(KeyOf(blob.name));
    bytes += blob.bytes;
  }
  client_.Delete(keys);
  room_.Add(-bytes);
  return bytes;
}

int64_t S3Store::BytesBelow(const std::string& prefix) {
  int64_t bytes = 0;
  for (const jobs::BlobInfo& blob : List(prefix)) bytes += blob.bytes;
  return bytes;
}

void S3Store::RefreshUsage() {
  if (client_.settings().limit_bytes == 0) return;
  room_.SetUsed(BytesBelow("jobs") + BytesBelow(std::string(jobs::kUploadsFolder)));
}

std::vector<jobs::BlobInfo> S3Store::SweepTemporary(jobs::Milliseconds age,
                                                    jobs::Milliseconds upload_age, bool dry_run) {
  std::vector<jobs::BlobInfo> stale = spool_.Sweep(age, dry_run);
  const jobs::TimePoint limit = jobs::SystemClock().Now() - upload_age;
  for (const S3PendingUpload& upload : client_.PendingUploads(key_prefix_)) {
    if (upload.started_at > limit) continue;
    stale.push_back({.name = fmt::format("upload {} of {}", upload.id, NameOf(upload.key)),
                     .modified_at = upload.started_at});
    if (!dry_run) client_.AbortUpload(upload.key, upload.id);
  }
  return stale;
}

void S3Store::CheckHealth() {
  try {
    const std::string key = key_prefix_ + fs::path(spool_.NewPath(".health")).filename().string();
    client_.Put(key, {.text = "x"});
    client_.Delete({key});
  } catch (const Error& error) {
    throw Error(ErrorCode::kUnavailable, error.what());
  }
}

}  // namespace stemscribe::storage
