// Files of the operating system, with their faults as ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "jobs/blob_store.h"
#include "jobs/clock.h"
#include "jobs/unique_fd.h"

namespace stemscribe::storage {

/// Throws FileError. `flags` as for open(2); O_CLOEXEC is added.
jobs::UniqueFd OpenFile(const std::filesystem::path& path, int flags);

/// Makes what was written durable. Throws FileError.
void SyncFd(int fd, const std::string& what);

/// Makes the names in a folder durable. Throws FileError.
void SyncFolder(const std::filesystem::path& folder);

/// Makes `folder` and its parents up to `root`, durably. Throws FileError.
void MakeFolders(const std::filesystem::path& root, const std::filesystem::path& folder);

/// When a file or folder was last changed, in wall-clock time; the epoch if it is gone.
jobs::TimePoint ModifiedAt(const std::filesystem::path& path);

/// The bytes of `path` (of all below it) and when it was changed, under the name `name`.
jobs::BlobInfo InfoOf(const std::filesystem::path& path, std::string name);

/// Bytes of all files at or below `path`; what vanishes meanwhile does not count.
int64_t BytesOfTree(const std::filesystem::path& path);

}  // namespace stemscribe::storage
