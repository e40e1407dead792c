// What a request to a bucket sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace stemscribe::storage {

/// Text, or a part of an open file that does not change meanwhile.
struct S3Body {
  std::string text{};
  int fd = -1;  // instead of text
  int64_t offset = 0;
  int64_t bytes = 0;  // of the file

  int64_t size() const { return fd < 0 ? static_cast<int64_t>(text.size()) : bytes; }

  /// Fills `out` from `position` on; 0 at the end. Throws Error{kIo}.
  size_t ReadAt(int64_t position, char* out, size_t size) const;
};

/// Lower-case hex and base64 of the SHA-256 of a body.
struct BodyHash {
  std::string hex;
  std::string base64;
};
BodyHash HashOf(const S3Body& body);

}  // namespace stemscribe::storage
