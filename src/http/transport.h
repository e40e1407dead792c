// What carries the bytes of a connection: plain TCP here; tls_transport.h has the encrypted one.
// Internal to http/.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace stemscribe::http {

/// The outcome of one operation that never blocks.
struct IoResult {
  enum class Kind {
    kDone,          // `bytes` were transferred, at least one
    kWantReadable,  // try again when the socket is readable
    kWantWritable,  // try again when it is writable
    kEnd,           // the peer sends no more
    kBroken,        // the connection is of no use any more
  } kind = Kind::kDone;
  size_t bytes = 0;
};

enum class PeerState {
  kQuiet,    // still there, nothing to read
  kHasSent,  // there is something to read
  kHasLeft,
};

/// Owned and used by one connection. All operations return at once.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual IoResult TryRead(std::span<char> buffer) = 0;
  /// If `more_follows` at once, a socket may wait with the bytes, to fill its packets.
  virtual IoResult TryWrite(std::span<const iovec> buffers, bool more_follows) = 0;
  /// Sends bytes of a file; a plain socket does that without copying them through this process.
  virtual IoResult TrySendFile(int fd, uint64_t offset, size_t max_bytes) = 0;
  /// Whether bytes may be there for TryRead though the socket is not readable.
  virtual bool HasUnread() const { return false; }
  /// Looks at the peer without taking bytes that it sent.
  virtual PeerState Peer() = 0;
  /// Tells the peer that nothing more comes.
  virtual void ShutdownWrite() = 0;
};

/// TCP as it is. Does not own the descriptor, which must be in non-blocking mode.
class PlainTransport : public Transport {
 public:
  explicit PlainTransport(int fd) : fd_(fd) {}

  IoResult TryRead(std::span<char> buffer) override;
  IoResult TryWrite(std::span<const iovec> buffers, bool more_follows) override;
  IoResult TrySendFile(int fd, uint64_t offset, size_t max_bytes) override;
  PeerState Peer() override;
  void ShutdownWrite() override;

 private:
  const int fd_;
};

}  // namespace stemscribe::http
