// Where the files of jobs are kept. Names are relative paths with '/': "jobs/{id}/input/song.mp3".
// Implementations: storage/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::jobs {

/// Writes one blob, which exists only after Commit. Destroyed without it, nothing is left. Not
/// thread-safe, but may move between threads.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;

  /// Throws Error{kStorageLimitExceeded} when the disk or the store is full, Error{kIo} otherwise;
  /// the writer is of no use then.
  virtual void Write(std::span<const std::byte> data) = 0;

  /// Makes durable what was written so far. Throws as Write.
  virtual void Sync() = 0;

  /// The local file that holds what was written, until Commit: whoever only reads may look at it
  /// already. It has the ending of the blob's name.
  virtual const std::filesystem::path& LocalFile() const = 0;

  /// Makes the blob durable and visible, replacing an earlier one. Throws as Write.
  virtual void Commit() = 0;

  virtual int64_t bytes_written() const = 0;
};

/// Reads one blob from front to back. Not thread-safe.
class BlobReader {
 public:
  virtual ~BlobReader() = default;

  /// Fills `out` as far as the blob goes; 0 at its end. Throws Error{kIo}.
  virtual size_t Read(std::span<std::byte> out) = 0;
};

struct BlobInfo {
  std::string name{};
  int64_t bytes = 0;
  TimePoint modified_at{};
};

struct StorageUsage {
  int64_t used_bytes = 0;   // by blobs and unfinished writes; from a counter, cheap
  int64_t free_bytes = 0;   // of the disk
  int64_t limit_bytes = 0;  // 0: none
  bool low = false;         // the disk is under the low mark, or the limit is nearly reached (95 %)
};

/// What the answer to a download says of it.
struct DownloadHeaders {
  std::string content_type{};
  std::string content_disposition{};  // empty: none
};

/// Thread-safe. A name is checked: no empty part, "." or "..", no leading '/', no control character
/// or backslash, at most 512 bytes; Error{kInvalidArgument} otherwise.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  /// `expected_bytes` (0: unknown) is reserved while the writer lives. Throws
  /// Error{kStorageLimitExceeded} if there is no room.
  virtual std::unique_ptr<BlobWriter> Create(const std::string& name, int64_t expected_bytes) = 0;

  /// Makes a blob of a local file, which is gone afterwards: a move where that is possible. Durable
  /// on return. Throws as BlobWriter.
  virtual void Adopt(const std::filesystem::path& file, const std::string& name) = 0;

  /// nullopt if there is no such blob.
  virtual std::optional<BlobInfo> Stat(const std::string& name) = 0;

  /// The file of a blob, if the store is a local disk (else, or if it is missing, nullopt): for
  /// sendfile, and for the child. Do not write to it.
  virtual std::optional<std::filesystem::path> LocalPath(const std::string& name) = 0;

  /// The whole blob. Throws Error{kNotFound} if there is no such blob.
  std::unique_ptr<BlobReader> Open(const std::string& name) {
    return OpenRange(name, 0, std::numeric_limits<int64_t>::max());
  }

  /// From byte `first` on, at most `count` bytes; nothing behind the blob's end. Throws as Open.
  virtual std::unique_ptr<BlobReader> OpenRange(const std::string& name, int64_t first,
                                                int64_t count) = 0;

  /// A URL where a client may fetch the blob itself, for some minutes; nullopt: it must come
  /// through us.
  virtual std::optional<std::string> DownloadUrl(const std::string& name,
                                                 const DownloadHeaders& headers) = 0;

  /// All blobs below `prefix` (a folder, without '/' at its end), sorted.
  virtual std::vector<BlobInfo> List(const std::string& prefix) = 0;

  /// The names directly below `prefix` that have blobs (or empty folders) below them: "jobs" gives
  /// job ids. Includes hidden ones.
  virtual std::vector<std::string> ListFolders(const std::string& prefix) = 0;

  /// When anything directly in this folder last changed; nullopt if it does not exist.
  virtual std::optional<TimePoint> FolderModifiedAt(const std::string& prefix) = 0;

  /// Moves the folder `from` to `to`, atomically where the store can. If `from` is gone and `to` is
  /// there, it was done before: not an error. Error{kNotFound} if both are missing.
  virtual void MoveFolder(const std::string& from, const std::string& to) = 0;

  /// Removes all below `prefix` and gives the bytes that were freed. Nothing there: 0.
  virtual int64_t DeletePrefix(const std::string& prefix) = 0;

  /// Bytes below `prefix`.
  virtual int64_t BytesBelow(const std::string& prefix) = 0;

  /// Throws Error{kStorageLimitExceeded} unless `bytes` more may be written.
  virtual void CheckRoom(int64_t bytes) = 0;

  virtual StorageUsage Usage() = 0;

  /// Counts the used bytes anew. The sweeper calls it; it walks the store.
  virtual void RefreshUsage() = 0;

  /// Leftovers of writes and deletions whose process died: what they are, and their bytes. Where
  /// the store cannot know that, they are leftovers when older than `age`; blobs that are written
  /// in parts, which takes as long as their sender does, when begun before `upload_age`. Removed
  /// unless `dry_run`.
  virtual std::vector<BlobInfo> SweepTemporary(Milliseconds age, Milliseconds upload_age,
                                               bool dry_run) = 0;

  /// Throws Error{kUnavailable} unless a small file can be written and read.
  virtual void CheckHealth() = 0;
};

}  // namespace stemscribe::jobs
