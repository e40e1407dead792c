// A song that arrives in parts, so that a cut connection costs little. Each part is a blob of its
// own,
//   uploads/{owner}/{id}/{offset}, the owner as a hash,
// so that any machine can take the next one, and nobody else's upload can be named at all. What
// nobody goes on with goes with the sweeper.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/blob_store.h"

namespace stemscribe::jobs {

/// Where all uploads are: a folder for each owner, in it one for each upload.
inline constexpr std::string_view kUploadsFolder = "uploads";

/// "uploads/{hash of the owner}".
std::string UploadsOf(std::string_view owner);

/// Not thread-safe, but requests at the same time may each have one: where two parts overlap, the
/// earlier one counts. All methods throw as BlobStore.
class PartialUpload {
 public:
  /// `store` outlives it. Throws Error{kInvalidArgument} unless `id` is a UUID.
  PartialUpload(BlobStore& store, std::string_view owner, std::string_view id);

  /// How many bytes are here, from the first on without a gap. 0 also if it never began, or is
  /// over.
  int64_t Offset();

  /// What is written there is here once it is committed. `offset`: what Offset gives. Throws
  /// Error{kConflict} if it has 10,000 parts.
  std::unique_ptr<BlobWriter> Append(int64_t offset, int64_t expected_bytes);

  /// All bytes up to Offset.
  std::unique_ptr<BlobReader> Open();

  /// Nothing of it is left.
  void Remove() { store_.DeletePrefix(prefix_); }

 private:
  std::vector<BlobInfo> Parts();

  BlobStore& store_;
  const std::string prefix_;
};

}  // namespace stemscribe::jobs
