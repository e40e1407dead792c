#include "storage/open_store.h"

#include <cstdlib>

#include "storage/local_store.h"
#include "storage/s3/s3_store.h"

namespace stemscribe::storage {

std::unique_ptr<jobs::BlobStore> OpenStore(const StoreSettings& settings,
                                           const Environment& environment) {
  if (settings.url.empty()) {
    return std::make_unique<LocalStore>(
        LocalStoreSettings{.root = settings.path,
                           .limit_bytes = settings.limit_bytes,
                           .low_disk_bytes = settings.low_disk_bytes});
  }
  S3Settings bucket = S3SettingsFrom(settings.url, environment);
  bucket.spool_dir = settings.path / ".tmp";
  bucket.limit_bytes = settings.limit_bytes;
  bucket.low_disk_bytes = settings.low_disk_bytes;
  bucket.redirect_downloads = settings.redirect_downloads;
  return std::make_unique<S3Store>(std::move(bucket));
}

std::optional<std::string> ProcessEnvironment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace stemscribe::storage
