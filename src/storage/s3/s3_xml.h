// The XML of S3's answers and requests. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::storage {

struct S3ErrorBody {
  std::string code;  // "NoSuchKey"; empty if the text is no such document
  std::string message;
};
S3ErrorBody S3ErrorOf(const std::string& xml);

struct S3Object {
  std::string key;
  int64_t bytes = 0;
  jobs::TimePoint modified_at{};
};

struct S3Page {
  std::vector<S3Object> objects{};
  std::vector<std::string> folders{};  // common prefixes, with '/' at their end
  std::string next{};                  // token of the next page; empty on the last
};

/// An answer to ListObjectsV2. All the ...Of throw Error{kIo} for text that is no such document.
S3Page PageOf(const std::string& xml);

struct S3PendingUpload {
  std::string key;
  std::string id;
  jobs::TimePoint started_at{};
};

struct S3UploadPage {
  std::vector<S3PendingUpload> uploads{};
  std::string next_key{};  // markers of the next page; empty on the last
  std::string next_id{};
};
S3UploadPage UploadPageOf(const std::string& xml);

/// The id in an answer to CreateMultipartUpload.
std::string UploadIdOf(const std::string& xml);

struct S3Part {
  std::string etag;
  std::string sha256;  // base64
};
std::string CompleteUploadXml(const std::vector<S3Part>& parts);

std::string DeleteObjectsXml(const std::vector<std::string>& keys);

/// "key: code", of what an answer to DeleteObjects says was not deleted; empty if all was.
std::string DeleteFaultOf(const std::string& xml);

}  // namespace stemscribe::storage
