// Sends a local file to a bucket while it grows: in parts, the last but one on its way while the
// next is written. A small file goes in one piece, at the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "jobs/unique_fd.h"
#include "storage/s3/s3_client.h"

namespace stemscribe::storage {

/// Not thread-safe. Destroyed without Finish, nothing is left in the bucket (or, if it does not
/// answer, an unfinished upload that S3Store::SweepTemporary removes).
class S3Upload {
 public:
  /// `client` outlives it. Throws Error{kIo} if there is no such file.
  S3Upload(S3Client& client, std::string key, const std::filesystem::path& file);
  ~S3Upload();
  S3Upload(const S3Upload&) = delete;
  S3Upload& operator=(const S3Upload&) = delete;

  /// The file now has `bytes`, which do not change any more. Throws as S3Client, also for a part
  /// that was sent before.
  void Advance(int64_t bytes);

  /// The file is complete with `bytes`: the object exists on return. Throws as S3Client.
  void Finish(int64_t bytes);

 private:
  void SendPart(int64_t bytes);
  void WaitForPart();

  S3Client& client_;
  const std::string key_;
  const jobs::UniqueFd fd_;
  std::string id_;  // of the multipart upload; empty: none is begun
  std::vector<S3Part> parts_;
  std::future<S3Part> pending_;
  int64_t sent_bytes_ = 0;  // with the pending part
  int num_parts_ = 0;
};

}  // namespace stemscribe::storage
