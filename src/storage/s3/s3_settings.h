// Where a bucket is, and how to talk to it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "jobs/clock.h"
#include "storage/s3/sigv4.h"

namespace stemscribe::storage {

struct S3Settings {
  std::string bucket{};
  std::string prefix{};           // of all keys, without '/' at its ends; empty: none
  std::string endpoint{};         // "https://host:port", with paths /bucket/key; empty: AWS
  std::string public_endpoint{};  // for presigned URLs, if users reach it elsewhere; else empty
  std::string ca_file{};          // certificates to trust; empty: the system's
  Signer signer{};
  std::filesystem::path spool_dir{};  // local, for writes that are not finished
  int64_t limit_bytes = 0;            // of all blobs; 0: none
  int64_t low_disk_bytes = 0;         // this much of the spool's disk stays free
  bool redirect_downloads = false;    // DownloadUrl gives URLs
  int64_t part_bytes = int64_t{8} << 20;
  int64_t read_bytes = int64_t{4} << 20;
  int max_tries = 6;
  jobs::Milliseconds connect_timeout{std::chrono::seconds(5)};
  std::chrono::seconds stall_timeout{20};  // without a byte in either direction
  jobs::Milliseconds first_pause{100};     // after a failed try; doubled each time
  jobs::Milliseconds max_pause{std::chrono::seconds(5)};
};

/// A variable of the environment; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The bucket, endpoint and credentials of "s3://bucket/prefix?endpoint=…&region=…" and the AWS_…
/// variables (the URL wins). Parameters: endpoint, public_endpoint, region, ca_file. Throws
/// Error{kInvalidArgument} that names STORAGE_URL or the variable that is missing.
S3Settings S3SettingsFrom(const std::string& url, const Environment& environment);

/// The host that is signed and the base of URLs, for requests (or, with `is_public`, for users).
struct S3Address {
  std::string base;  // "https://bucket.s3.eu-west-1.amazonaws.com"
  std::string host;
  std::string path;  // before "/key": "" or "/bucket"
};
S3Address AddressOf(const S3Settings& settings, bool is_public);

}  // namespace stemscribe::storage
