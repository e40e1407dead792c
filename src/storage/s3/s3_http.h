// One signed request after another to a bucket, by libcurl: with time-outs, and repeated with
// back-off where that may help.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "storage/s3/s3_body.h"
#include "storage/s3/s3_settings.h"

namespace stemscribe::storage {

struct S3Request {
  std::string method = "GET";
  std::string key{};  // empty: the bucket itself
  NameValues query{};
  NameValues headers{};
  S3Body body{};
  bool with_checksum = false;  // sends the body's SHA-256 for the server to check and keep
};

struct S3Response {
  int status = 0;
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string body{};
  std::string sent_sha256{};  // base64, of the request's body

  /// Empty if there is no such header.
  std::string Header(const std::string& name) const;
};

/// Thread-safe; blocks. Keeps connections open.
class S3Http {
 public:
  explicit S3Http(S3Settings settings);
  ~S3Http();

  /// Any answer but a fault of the server or the network (5xx, 429, time-outs, broken transfers),
  /// which are tried again. Throws Error{kUnavailable} when no try succeeds.
  S3Response Send(const S3Request& request);

  /// A URL that gives `key` to whoever has it.
  std::string Presign(const std::string& key, const NameValues& query,
                      std::chrono::seconds lifetime) const;

  const S3Settings& settings() const { return settings_; }

 private:
  class Handles;
  struct Outcome;
  Outcome SendOnce(const S3Request& request, const BodyHash& hash);

  const S3Settings settings_;
  const S3Address address_;
  const S3Address public_address_;
  const std::unique_ptr<Handles> handles_;
};

/// The error that an answer with a status of 300 or more tells of: kNotFound, kStorageLimitExceeded
/// for a full store, kUnavailable for one that is overloaded, else kIo.
Error ErrorOf(const S3Response& response, const std::string& what);

}  // namespace stemscribe::storage
