// SHA-256 of files and buffers, by OpenSSL.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace stemscribe {

/// An incremental SHA-256. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::span<const std::byte> data);

  /// The digest as 64 lower-case hex digits. Call once, last.
  std::string FinishHex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// The digest of a file, read in blocks. Throws Error{kIo} if it cannot be read.
std::string Sha256HexOfFile(const std::filesystem::path& path);

}  // namespace stemscribe
