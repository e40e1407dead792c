#include "http/tls_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>

namespace stemscribe::http {
namespace {

constexpr size_t kRecordBytes = 16 * 1024;  // the most that TLS puts into one

using Record = std::array<char, kRecordBytes>;

int SocketOf(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// OpenSSL's own socket BIO writes with write(), which raises SIGPIPE where the peer has left.
int SocketWrite(BIO* bio, const char* data, int length) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::send(SocketOf(bio), data, static_cast<size_t>(length), MSG_NOSIGNAL);
  if (count < 0 && WouldBlock()) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int SocketRead(BIO* bio, char* data, int length) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::recv(SocketOf(bio), data, static_cast<size_t>(length), 0);
  if (count < 0 && WouldBlock()) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long SocketControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* SocketMethod() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "non-blocking socket");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_write(made, SocketWrite);
    BIO_meth_set_read(made, SocketRead);
    BIO_meth_set_ctrl(made, SocketControl);
    return made;
  }();
  return method;
}

}  // namespace

void TlsTransport::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsTransport::TlsTransport(ssl_ctx_st& context, int fd) : fd_(fd), ssl_(SSL_new(&context)) {
  BIO* const bio = ssl_ ? BIO_new(SocketMethod()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &fd_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

IoResult TlsTransport::FromResult(int result) {
  if (result > 0) return {IoResult::Kind::kDone, static_cast<size_t>(result)};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {IoResult::Kind::kWantReadable, 0};
    case SSL_ERROR_WANT_WRITE:
      return {IoResult::Kind::kWantWritable, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {IoResult::Kind::kEnd, 0};
    default:  // nothing may be done with it any more
      broken_ = true;
      return {IoResult::Kind::kBroken, 0};
  }
}

IoResult TlsTransport::TryRead(std::span<char> buffer) {
  if (broken_) return {IoResult::Kind::kBroken, 0};
  ERR_clear_error();
  const auto size = static_cast<int>(std::min(buffer.size(), size_t{1} << 30));
  return FromResult(SSL_read(ssl_.get(), buffer.data(), size));
}

IoResult TlsTransport::WriteRecord(std::span<const char> record) {
  if (broken_) return {IoResult::Kind::kBroken, 0};
  ERR_clear_error();
  return FromResult(SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size())));
}

IoResult TlsTransport::TryWrite(std::span<const iovec> buffers, bool /*more_follows*/) {
  if (!buffers.empty() && buffers.front().iov_len >= kRecordBytes) {
    return WriteRecord({static_cast<const char*>(buffers.front().iov_base), kRecordBytes});
  }
  Record record;
  size_t size = 0;
  for (const iovec& buffer : buffers) {
    const size_t part = std::min(buffer.iov_len, record.size() - size);
    std::memcpy(record.data() + size, buffer.iov_base, part);
    size += part;
  }
  return WriteRecord(std::span(record).first(size));
}

IoResult TlsTransport::TrySendFile(int fd, uint64_t offset, size_t max_bytes) {
  Record record;
  const ssize_t count =
      ::pread(fd, record.data(), std::min(max_bytes, record.size()), static_cast<off_t>(offset));
  if (count == 0) return {IoResult::Kind::kEnd, 0};
  if (count < 0) return {IoResult::Kind::kBroken, 0};
  return WriteRecord(std::span(record).first(static_cast<size_t>(count)));
}

bool TlsTransport::HasUnread() const { return SSL_has_pending(ssl_.get()) == 1; }

PeerState TlsTransport::Peer() {
  if (broken_) return PeerState::kHasLeft;
  char byte = 0;
  ERR_clear_error();
  switch (FromResult(SSL_peek(ssl_.get(), &byte, 1)).kind) {
    case IoResult::Kind::kDone:
      return PeerState::kHasSent;
    case IoResult::Kind::kWantReadable:
    case IoResult::Kind::kWantWritable:
      return PeerState::kQuiet;
    default:
      return PeerState::kHasLeft;
  }
}

void TlsTransport::ShutdownWrite() {
  if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(fd_, SHUT_WR);
}

}  // namespace stemscribe::http
