// TLS over a socket, on the server's side. Internal to http/.
#pragma once

#include <memory>

#include "http/transport.h"

struct ssl_st;
struct ssl_ctx_st;

namespace stemscribe::http {

/// Does not own the descriptor, which must be in non-blocking mode. Keeps the context alive. A
/// write that is to be tried again must be tried with the same bytes, as those before it are on
/// their way.
class TlsTransport : public Transport {
 public:
  TlsTransport(ssl_ctx_st& context, int fd);

  IoResult TryRead(std::span<char> buffer) override;
  IoResult TryWrite(std::span<const iovec> buffers, bool more_follows) override;
  /// Reads the file a record at a time: the kernel cannot encrypt it on its way.
  IoResult TrySendFile(int fd, uint64_t offset, size_t max_bytes) override;
  bool HasUnread() const override;
  PeerState Peer() override;
  void ShutdownWrite() override;

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };

  IoResult WriteRecord(std::span<const char> record);
  IoResult FromResult(int result);

  int fd_;  // OpenSSL has a pointer to it
  const std::unique_ptr<ssl_st, Free> ssl_;
  bool broken_ = false;
};

}  // namespace stemscribe::http
