// Writes one blob of a LocalStore: under a temporary name until Commit.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "jobs/blob_store.h"
#include "jobs/unique_fd.h"

namespace stemscribe::storage {

class LocalWriter final : public jobs::BlobWriter {
 public:
  /// `reserve(n)`: takes n more bytes of the store's room, or throws; a negative n gives them back.
  /// `publish(temp)`: moves the finished file to its name.
  LocalWriter(std::filesystem::path temp, int64_t expected_bytes,
              std::function<void(int64_t)> reserve,
              std::function<void(const std::filesystem::path&)> publish);
  ~LocalWriter() override;

  void Write(std::span<const std::byte> data) override;
  void Sync() override;
  const std::filesystem::path& LocalFile() const override { return temp_; }
  void Commit() override;
  int64_t bytes_written() const override { return bytes_written_; }

 private:
  const std::filesystem::path temp_;
  const std::function<void(int64_t)> reserve_;
  const std::function<void(const std::filesystem::path&)> publish_;
  jobs::UniqueFd fd_;
  int64_t reserved_bytes_ = 0;
  int64_t bytes_written_ = 0;
  int64_t flushed_bytes_ = 0;  // on their way to the disk
};

}  // namespace stemscribe::storage
