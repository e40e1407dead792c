// Validators and preconditions (RFC 9110, sections 8.8 and 13), and HTTP dates. Pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace stemscribe::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string FormatHttpDate(std::chrono::sys_seconds time);

/// Reads the three formats of RFC 9110; nullopt if it is none of them.
std::optional<std::chrono::sys_seconds> ParseHttpDate(std::string_view text);

/// What is known of the current representation. An etag is as it is sent: "\"abc\"" or "W/\"abc\"".
struct Validators {
  std::string etag;  // empty: none
  std::optional<std::chrono::sys_seconds> last_modified;
};

/// Whether `list` (an If-None-Match or If-Match value) has the etag or is "*". `strong`: weak tags
/// never match.
bool EtagListMatches(std::string_view list, std::string_view etag, bool strong);

enum class Precondition { kProceed, kNotModified /* 304 */, kFailed /* 412 */ };

/// Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of RFC
/// 9110, 13.2.2.
Precondition EvaluatePreconditions(const Request& request, const Validators& validators);

/// Whether a Range header counts: there is no If-Range, or it matches (strong etag, or the exact
/// date).
bool IfRangeHolds(const Request& request, const Validators& validators);

/// Sets ETag on a 200 response, and turns it into a 304 if the client has that already (GET and
/// HEAD).
void ApplyEtag(const Request& request, std::string_view etag, Response& response);

}  // namespace stemscribe::http
