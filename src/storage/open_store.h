// The store that a URL names.
#pragma once

#include <memory>
#include <string>

#include "jobs/blob_store.h"
#include "storage/s3/s3_settings.h"

namespace stemscribe::storage {

struct StoreSettings {
  std::string url{};             // "s3://bucket/prefix?endpoint=…"; empty: the local disk
  std::filesystem::path path{};  // of the blobs; with a bucket, for what is not finished
  int64_t limit_bytes = 0;
  int64_t low_disk_bytes = 0;
  bool redirect_downloads = false;  // downloads come from the bucket itself
};

/// Throws Error{kInvalidArgument} for a URL that cannot be used, and as the stores.
std::unique_ptr<jobs::BlobStore> OpenStore(const StoreSettings& settings,
                                           const Environment& environment);

/// The variables of this process.
std::optional<std::string> ProcessEnvironment(const char* name);

}  // namespace stemscribe::storage
