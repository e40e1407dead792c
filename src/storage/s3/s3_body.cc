#include "storage/s3/s3_body.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "storage/file_io.h"

namespace stemscribe::storage {
namespace {

constexpr size_t kHashBlock = 256 * 1024;

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

}  // namespace

size_t S3Body::ReadAt(int64_t position, char* out, size_t size) const {
  const auto left = static_cast<size_t>(std::max<int64_t>(0, this->size() - position));
  const size_t wanted = std::min(left, size);
  if (fd < 0) {
    std::memcpy(out, text.data() + position, wanted);
    return wanted;
  }
  size_t done = 0;
  while (done < wanted) {
    const ssize_t got =
        pread(fd, out + done, wanted - done, offset + position + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError(errno, "upload");
    if (got == 0) throw Error(ErrorCode::kIo, "upload: the file became shorter");
    done += static_cast<size_t>(got);
  }
  return done;
}

BodyHash HashOf(const S3Body& body) {
  Sha256 hash;
  std::vector<char> block(
      static_cast<size_t>(std::clamp<int64_t>(body.size(), 1, static_cast<int64_t>(kHashBlock))));
  for (int64_t at = 0; at < body.size();) {
    const size_t got = body.ReadAt(at, block.data(), block.size());
    hash.Update(std::as_bytes(std::span(block).first(got)));
    at += static_cast<int64_t>(got);
  }
  BodyHash result;
  result.hex = hash.FinishHex();
  result.base64 = Base64(FromHex(result.hex));
  return result;
}

}  // namespace stemscribe::storage
