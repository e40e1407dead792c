#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace stemscribe {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kInvalidAudioFile:
      return "invalid_audio_file";
    case ErrorCode::kProcessingFailed:
      return "processing_failed";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kJobNotFound:
      return "job_not_found";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kPayloadTooLarge:
      return "payload_too_large";
    case ErrorCode::kUnsupportedMediaType:
      return "unsupported_media_type";
    case ErrorCode::kStorageLimitExceeded:
      return "storage_limit_exceeded";
    case ErrorCode::kRateLimited:
      return "rate_limited";
    case ErrorCode::kUnauthorized:
      return "unauthorized";
    case ErrorCode::kForbidden:
      return "forbidden";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kIo:
      return "io_error";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

bool IsDiskFull(int fault) { return fault == ENOSPC || fault == EDQUOT || fault == EFBIG; }

Error FileError(int fault, const std::string& what) {
  if (!IsDiskFull(fault)) {
    return Error(ErrorCode::kIo, what + ": " + std::generic_category().message(fault));
  }
  // EFBIG: a limit of the process, as JOB_FILE_MB sets it.
  const char* why = fault == EFBIG ? ": the file would be too large" : ": the disk is full";
  return Error(ErrorCode::kStorageLimitExceeded, what + why);
}

}  // namespace stemscribe
