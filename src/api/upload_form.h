// The multipart form of an upload: options as text, the song into the store as it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/sha256.h"
#include "http/multipart.h"
#include "jobs/blob_store.h"
#include "jobs/job.h"

namespace stemscribe::api {

/// Where the bytes of the file go; made when its part begins.
struct UploadTarget {
  std::string job_id;
  jobs::BlobStore& store;
  int64_t max_file_bytes = 0;
  int64_t expected_bytes = 0;  // of the whole body; 0: unknown
};

/// Push blocks (disk, hash): call it on the pool, one call at a time. Destroyed before Finish, it
/// leaves nothing in the store.
class UploadForm {
 public:
  /// Throws HttpError if `content_type` is not multipart/form-data with a boundary.
  UploadForm(std::string_view content_type, UploadTarget target);

  /// The next bytes of the body. Throws Error{kPayloadTooLarge} once the song is too large,
  /// Error{kStorageLimitExceeded}, HttpError 400 for a malformed body, Error{kInvalidArgument} with
  /// the wrong fields.
  void Push(std::span<const std::byte> data);

  /// Checks that all is there. What is not known to a form (duration, owner, keys) stays empty.
  /// Throws Error{kInvalidArgument} with one detail for each wrong field, or as Push.
  jobs::NewJob Finish();

  /// The song, once Finish has been called; the blob is there when it is committed.
  jobs::BlobWriter& song() { return *writer_; }

 private:
  void BeginPart(const http::PartInfo& part);
  void Data(std::span<const std::byte> data);
  void EndPart();
  void CheckFields() const;

  UploadTarget target_;
  jobs::NewJob job_;
  std::vector<FieldError> wrong_;
  std::unique_ptr<jobs::BlobWriter> writer_;
  Sha256 sha_;
  std::string field_;  // the name of the text part that is being read; empty in the file
  std::string text_;
  std::vector<std::string> seen_;
  bool in_file_ = false;
  bool has_file_ = false;
  http::MultipartParser parser_;
};

}  // namespace stemscribe::api
