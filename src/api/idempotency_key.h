// The key that makes a retry safe: as a header of an upload, and to ask for its job.
#pragma once

#include <string>
#include <string_view>

namespace stemscribe::api {

/// `key`, if it has 1 to 255 printable ASCII characters and no spaces. Throws
/// Error{kInvalidArgument} that names `field` otherwise.
std::string CheckedIdempotencyKey(std::string_view key, const std::string& field);

}  // namespace stemscribe::api
