// The operations of S3 that a store needs, on whole keys.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/s3/s3_http.h"
#include "storage/s3/s3_xml.h"

namespace stemscribe::storage {

struct S3Range {
  std::string data{};
  int64_t total_bytes = 0;  // of the object
  std::string etag{};
};

/// Thread-safe; blocks. Everything throws as S3Http::Send and ErrorOf.
class S3Client {
 public:
  explicit S3Client(S3Settings settings) : http_(std::move(settings)) {}

  void Put(const std::string& key, S3Body body);

  /// nullopt if there is no such object.
  std::optional<S3Object> Head(const std::string& key);

  /// Up to `count` bytes from `first` on. With an `etag`, only of that very version. Throws
  /// Error{kNotFound} if there is no such object, Error{kIo} if it was replaced.
  S3Range Get(const std::string& key, int64_t first, int64_t count, const std::string& etag = "");

  /// Within the bucket, by the server. Throws Error{kNotFound}.
  void Copy(const std::string& from, const std::string& to);

  /// What is not there counts as deleted.
  void Delete(const std::vector<std::string>& keys);

  /// All objects whose key begins with `prefix`, page by page, in order; with `by_folder` only
  /// those without a '/' after it, and the folders. Ends early if `on_page` gives false.
  void List(const std::string& prefix, bool by_folder,
            const std::function<bool(const S3Page&)>& on_page);

  std::string CreateUpload(const std::string& key);
  S3Part UploadPart(const std::string& key, const std::string& id, int number, S3Body body);
  /// `total_bytes` tells whether the object that is there is this one, if the answer got lost.
  void CompleteUpload(const std::string& key, const std::string& id,
                      const std::vector<S3Part>& parts, int64_t total_bytes);
  /// An upload that is gone is not an error.
  void AbortUpload(const std::string& key, const std::string& id);
  /// Unfinished uploads below `prefix`.
  std::vector<S3PendingUpload> PendingUploads(const std::string& prefix);

  std::string Presign(const std::string& key, const NameValues& query,
                      std::chrono::seconds lifetime) const {
    return http_.Presign(key, query, lifetime);
  }
  const S3Settings& settings() const { return http_.settings(); }

 private:
  S3Response Checked(const S3Request& request, const std::string& what);

  S3Http http_;
};

}  // namespace stemscribe::storage
