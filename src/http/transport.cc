#include "http/transport.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <cerrno>

namespace stemscribe::http {
namespace {

IoResult FromCount(ssize_t count, IoResult::Kind would_block) {
  if (count > 0) return {IoResult::Kind::kDone, static_cast<size_t>(count)};
  if (count == 0) return {IoResult::Kind::kEnd, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {would_block, 0};
  return {IoResult::Kind::kBroken, 0};
}

}  // namespace

IoResult PlainTransport::TryRead(std::span<char> buffer) {
  return FromCount(::recv(fd_, buffer.data(), buffer.size(), 0), IoResult::Kind::kWantReadable);
}

IoResult PlainTransport::TryWrite(std::span<const iovec> buffers, bool more_follows) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(buffers.data());
  message.msg_iovlen = buffers.size();
  const int flags = MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
  return FromCount(::sendmsg(fd_, &message, flags), IoResult::Kind::kWantWritable);
}

IoResult PlainTransport::TrySendFile(int fd, uint64_t offset, size_t max_bytes) {
  auto position = static_cast<off_t>(offset);
  return FromCount(::sendfile(fd_, fd, &position, max_bytes), IoResult::Kind::kWantWritable);
}

PeerState PlainTransport::Peer() {
  char byte = 0;
  const IoResult result =
      FromCount(::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT), IoResult::Kind::kWantReadable);
  if (result.kind == IoResult::Kind::kDone) return PeerState::kHasSent;
  return result.kind == IoResult::Kind::kWantReadable ? PeerState::kQuiet : PeerState::kHasLeft;
}

void PlainTransport::ShutdownWrite() { ::shutdown(fd_, SHUT_WR); }

}  // namespace stemscribe::http
