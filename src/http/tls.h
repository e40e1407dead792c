// TLS: the server's certificate and key, and connections that use them.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "http/transport.h"

struct ssl_ctx_st;

namespace stemscribe::http {

struct TlsSettings {
  std::filesystem::path certificate;  // PEM: the server's, then those that lead to the root
  std::filesystem::path key;          // PEM, without a passphrase
  std::string min_version = "1.2";    // or "1.3"
};

/// What all encrypted connections share. Forward secrecy and authenticated encryption only; no
/// compression, no renegotiation; ALPN takes http/1.1. Thread-safe.
class TlsContext {
 public:
  /// Reads the files. Throws Error{kInvalidArgument} that says what is wrong with which.
  explicit TlsContext(TlsSettings settings);

  /// Reads the files again, for connections from now on; those that are open keep theirs. Throws as
  /// the constructor; all is as before then.
  void Reload();

  /// The server's side of a connection; the handshake comes with the first read. Does not own the
  /// descriptor, which must be in non-blocking mode.
  std::unique_ptr<Transport> NewTransport(int fd) const;

 private:
  std::shared_ptr<ssl_ctx_st> Current() const;

  const TlsSettings settings_;
  mutable std::mutex mutex_;  // guards current_
  std::shared_ptr<ssl_ctx_st> current_;
};

}  // namespace stemscribe::http
