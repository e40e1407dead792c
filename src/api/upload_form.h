// The multipart form of an upload: options as text, the song into the store as it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/file_type.h"
#include "base/error.h"
#include "base/sha256.h"
#include "http/http_error.h"
#include "http/multipart.h"
#include "http/request.h"
#include "jobs/blob_store.h"
#include "jobs/job.h"

namespace stemscribe::api {

/// Where the bytes of the file go; made when its part begins.
struct UploadTarget {
  std::string job_id;
  jobs::BlobStore& store;
  int64_t max_file_bytes = 0;
  int64_t expected_bytes = 0;  // of the whole body; 0: unknown
  FileTypeDetector& types;
};

/// Error{kPayloadTooLarge}: the song has more bytes than that.
Error SongTooLarge(int64_t max_file_bytes);

/// HttpError 409 with Upload-Offset: an upload has `bytes_here`, not as many as the caller says.
http::HttpError UploadIsElsewhere(int64_t bytes_here);

/// Throws HttpError 415 if the body is compressed: bytes are counted and hashed as they come.
void CheckCoding(const http::Request& request);

/// A number of bytes, 0 or more; nothing if `text` is anything else.
std::optional<int64_t> ParseBytes(std::string_view text);

/// Throws Error{kInvalidAudioFile} if what begins with `head` is plainly no audio.
void CheckSongType(FileTypeDetector& types, std::span<const std::byte> head);

/// Views into a block of the body.
using SongData = std::vector<std::span<const std::byte>>;

/// Push and Write block (hash, disk): call them on the pool. Each wants one call at a time, but the
/// one may run beside the other. Destroyed before its song is committed, a form leaves nothing in
/// the store.
class UploadForm {
 public:
  /// Throws HttpError if `content_type` is not multipart/form-data with a boundary.
  UploadForm(std::string_view content_type, UploadTarget target);

  /// Reads the next bytes of the body. Gives the parts of them that belong to the song: they are to
  /// be written, in this order. Throws Error{kPayloadTooLarge} once the song is too large,
  /// Error{kStorageLimitExceeded}, HttpError 400 for a malformed body, Error{kInvalidArgument} with
  /// the wrong fields, Error{kInvalidAudioFile} for a song that does not begin like one.
  SongData Push(std::span<const std::byte> data);

  /// Throws as BlobWriter::Write.
  void Write(const SongData& data);

  /// The id of the PartialUpload that has the song, if the form says so; empty otherwise. To be
  /// asked when all is written; then TakeSong reads it, instead of a file in the form. Throws as
  /// Push.
  const std::string& upload_id() const { return upload_id_; }
  void TakeSong(jobs::BlobReader& song);

  /// How many bytes the upload must have, if the form says so.
  std::optional<int64_t> upload_length() const { return upload_length_; }

  /// Checks that all is there; to be called when all is written. What is not known to a form
  /// (duration, owner, keys) stays empty. Throws Error{kInvalidArgument} with one detail for each
  /// wrong field, or as Push.
  jobs::NewJob Finish();

  /// The song, once Finish has been called; the blob is there when it is committed.
  jobs::BlobWriter& song() { return *writer_; }

 private:
  void BeginPart(const http::PartInfo& part);
  void BeginSong(const std::string& filename);
  void Data(std::span<const std::byte> data);
  void SongBytes(std::span<const std::byte> data);
  void EndPart();
  void CheckType();
  void CheckFields() const;

  UploadTarget target_;
  jobs::NewJob job_;
  std::vector<FieldError> wrong_;
  std::unique_ptr<jobs::BlobWriter> writer_;
  SongData song_data_;  // of the block that is being read
  Sha256 sha_;
  std::string field_;  // the name of the text part that is being read; empty in the file
  std::string text_;
  std::string upload_id_;
  std::optional<int64_t> upload_length_;
  std::string upload_filename_;
  std::vector<std::byte> head_;  // of the song, until its type was seen
  std::vector<std::string> seen_;
  bool in_file_ = false;
  bool type_is_known_ = false;
  bool has_file_ = false;
  http::MultipartParser parser_;
};

}  // namespace stemscribe::api
