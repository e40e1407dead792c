// A whole song as mono samples in a temporary file: what waits for its turn, or must look at all of
// it, needs no memory for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace stemscribe::pipeline {

/// Owns an unlinked file, which goes with it. Append from one thread, then read; not thread-safe.
class SampleSpool {
 public:
  /// `folder`: where the file is made. Throws Error{kIo} if that is impossible.
  explicit SampleSpool(const std::filesystem::path& folder);
  ~SampleSpool();
  SampleSpool(const SampleSpool&) = delete;
  SampleSpool& operator=(const SampleSpool&) = delete;

  int64_t num_samples() const { return num_samples_; }

  /// Throws Error{kStorageLimitExceeded} if the disk is full, Error{kIo} on other faults.
  void Append(std::span<const float> samples);

  /// Reads `out.size()` samples from `offset` on; returns how many there were. Throws Error{kIo}.
  size_t Read(int64_t offset, std::span<float> out) const;

 private:
  int fd_;
  int64_t num_samples_ = 0;
};

}  // namespace stemscribe::pipeline
