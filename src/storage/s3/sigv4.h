// AWS Signature Version 4 for S3, in headers and in presigned URLs. After "Authenticating Requests
// (AWS Signature Version 4)" of the Amazon S3 API reference. Own code, as libcurl signs no URLs,
// and that of Debian 12 (7.88) neither sorts nor encodes queries. Pure functions.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::storage {

using NameValues = std::vector<std::pair<std::string, std::string>>;

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: none
};

struct Signer {
  Credentials credentials;
  std::string region;
};

/// What is signed of a request.
struct RequestToSign {
  std::string method;
  std::string host;  // with the port, unless it is the scheme's own
  std::string path;  // not encoded, begins with '/'
  NameValues query;  // not encoded
  NameValues headers;
};

/// Percent-encodes all but A–Z a–z 0–9 - . _ ~, and '/' if `keep_slash`.
std::string UriEncode(std::string_view text, bool keep_slash);

/// "a=1&b=2", encoded and sorted.
std::string EncodeQuery(const NameValues& query);

/// Lower-case hex of the SHA-256 of `data`.
std::string Sha256Hex(std::string_view data);

/// The request's headers and those that authenticate it: x-amz-date, x-amz-content-sha256, the
/// session token and Authorization. `payload_hash`: Sha256Hex of the body.
NameValues SignHeaders(const Signer& signer, const RequestToSign& request,
                       const std::string& payload_hash, jobs::TimePoint now);

/// The query of a URL that lets whoever has it make the request without credentials, for
/// `lifetime` (at most seven days) from `now` on. request.headers must be empty.
std::string PresignQuery(const Signer& signer, const RequestToSign& request,
                         std::chrono::seconds lifetime, jobs::TimePoint now);

}  // namespace stemscribe::storage
