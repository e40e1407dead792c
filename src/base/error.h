// The one exception type of stemscribe. Wrappers of foreign libraries translate into it at the
// edge; only its code decides the HTTP status (api/) and the exit code (app/), in one table each.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stemscribe {

enum class ErrorCode {
  kInvalidArgument,       // a parameter or setting is wrong: the details name it
  kInvalidAudioFile,      // the input is no audio that can be decoded
  kProcessingFailed,      // the work itself failed on good input
  kCancelled,             // somebody asked to stop
  kNotFound,              // no such thing
  kJobNotFound,           // no such job
  kConflict,              // the state does not allow it now
  kPayloadTooLarge,       // more than the limit on size or duration
  kUnsupportedMediaType,  // the type of the body is not one we take
  kStorageLimitExceeded,  // the store or the disk is full
  kRateLimited,           // too many requests
  kUnauthorized,          // no key, or a wrong one
  kForbidden,             // the key may not do this
  kUnavailable,           // a part we need does not answer now; a retry may help
  kIo,                    // a file could not be read or written
  kInternal,              // a defect of ours
};

/// The stable name of a code, as users see it: "invalid_argument", "job_not_found", …
std::string_view ErrorCodeName(ErrorCode code);

/// One wrong field of a request or of the settings, and what to do about it.
struct FieldError {
  std::string field;
  std::string message;

  bool operator==(const FieldError&) const = default;
};

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::vector<FieldError> details = {})
      : std::runtime_error(message), code_(code), details_(std::move(details)) {}

  ErrorCode code() const { return code_; }
  const std::vector<FieldError>& details() const { return details_; }

 private:
  ErrorCode code_;
  std::vector<FieldError> details_;
};

/// Whether `errno` value `fault` says that a disk, a quota or the limit of a file is full.
bool IsDiskFull(int fault);

/// The error of `errno` value `fault` at `what`: Error{kStorageLimitExceeded} if IsDiskFull, else
/// Error{kIo}.
Error FileError(int fault, const std::string& what);

}  // namespace stemscribe
