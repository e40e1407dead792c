#include "jobs/partial_upload.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/sha256.h"
#include "jobs/uuid.h"

namespace stemscribe::jobs {
namespace {

constexpr size_t kOwnerChars = 32;  // of its hash: 128 bits
// Each is a file, and looked at for the next one: nobody needs to send a song byte by byte.
constexpr size_t kMaxParts = 10'000;

/// The parts, one after the other.
class PartsReader final : public BlobReader {
 public:
  PartsReader(BlobStore& store, std::vector<BlobInfo> parts)
      : store_(store), parts_(std::move(parts)) {}

  size_t Read(std::span<std::byte> out) override {
    while (true) {
      if (part_) {
        if (const size_t got = part_->Read(out); got > 0) return got;
      }
      if (next_ == parts_.size()) return 0;
      part_ = store_.Open(parts_[next_++].name);
    }
  }

 private:
  BlobStore& store_;
  const std::vector<BlobInfo> parts_;
  size_t next_ = 0;
  std::unique_ptr<BlobReader> part_;
};

/// -1 if the name is none of ours.
int64_t OffsetOf(std::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);
  int64_t offset = -1;
  const auto [end, error] = std::from_chars(name.begin(), name.end(), offset);
  return error == std::errc{} && end == name.end() ? offset : -1;
}

}  // namespace

std::string UploadsOf(std::string_view owner) {
  Sha256 sha;
  sha.Update(std::as_bytes(std::span(owner)));
  return fmt::format("{}/{}", kUploadsFolder, sha.FinishHex().substr(0, kOwnerChars));
}

PartialUpload::PartialUpload(BlobStore& store, std::string_view owner, std::string_view id)
    : store_(store), prefix_(fmt::format("{}/{}", UploadsOf(owner), id)) {
  if (!IsUuid(id)) throw Error(ErrorCode::kInvalidArgument, "an upload's id is a UUID");
}

std::vector<BlobInfo> PartialUpload::Parts() {
  std::vector<BlobInfo> parts;
  int64_t end = 0;
  for (BlobInfo& part : store_.List(prefix_)) {  // in the order of their offsets
    if (OffsetOf(part.name) != end) continue;
    end += part.bytes;
    parts.push_back(std::move(part));
  }
  return parts;
}

int64_t PartialUpload::Offset() {
  int64_t bytes = 0;
  for (const BlobInfo& part : Parts()) bytes += part.bytes;
  return bytes;
}

std::unique_ptr<BlobWriter> PartialUpload::Append(int64_t offset, int64_t expected_bytes) {
  if (store_.List(prefix_).size() >= kMaxParts) {
    throw Error(ErrorCode::kConflict,
                "the upload has too many parts: begin anew, with larger ones");
  }
  return store_.Create(fmt::format("{}/{:015}", prefix_, offset), expected_bytes);
}

std::unique_ptr<BlobReader> PartialUpload::Open() {
  return std::make_unique<PartsReader>(store_, Parts());
}

}  // namespace stemscribe::jobs
