// Which names blobs may have.
#pragma once

#include <string>

namespace stemscribe::storage {

/// Throws Error{kInvalidArgument} for a name that BlobStore does not allow.
void CheckBlobName(const std::string& name);

}  // namespace stemscribe::storage
