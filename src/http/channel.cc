#include "http/channel.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <optional>
#include <vector>

#include "base/error.h"

namespace stemscribe::http {

namespace asio = boost::asio;

namespace {

// One client must not keep the others waiting, however fast it is.
constexpr uint64_t kMaxBytesInARow = 1 << 20;
constexpr size_t kWarmBlockBytes = 128 * 1024;
constexpr size_t kDropBlockBytes = 4 * 1024;

bool IsCached(int fd, uint64_t offset) {
  char byte = 0;
  iovec buffer{&byte, 1};
  // Only "it would block" means no: file systems that do not know the flag get the benefit of the
  // doubt.
  return ::preadv2(fd, &buffer, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

void ReadIntoPageCache(int fd, uint64_t offset, uint64_t length) {
  std::vector<char> block(kWarmBlockBytes);
  for (uint64_t done = 0; done < length;) {
    const size_t want = std::min<uint64_t>(block.size(), length - done);
    const ssize_t count = ::pread(fd, block.data(), want, static_cast<off_t>(offset + done));
    if (count <= 0) return;  // sendfile will find the error and report it
    done += static_cast<uint64_t>(count);
  }
}

}  // namespace

// Cancels the socket's waits at a deadline. Moving the deadline to a later time costs nothing: the
// timer looks, when it fires, whether the deadline is still that one. A busy connection so sets a
// timer only once in a while.
class Channel::Watchdog : public std::enable_shared_from_this<Channel::Watchdog> {
 public:
  explicit Watchdog(asio::ip::tcp::socket* socket)
      : socket_(socket), timer_(socket->get_executor()) {}

  void Set(Clock::time_point deadline) {
    deadline_ = deadline;
    expired_ = false;
    if (!armed_for_ || deadline < *armed_for_) Arm(deadline);
  }
  void Clear() { deadline_.reset(); }
  bool expired() const { return expired_; }

  void Close() {
    socket_ = nullptr;
    timer_.cancel();
  }

 private:
  void Arm(Clock::time_point deadline) {
    armed_for_ = deadline;
    timer_.expires_at(deadline);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->OnTimer();
    });
  }

  void OnTimer() {
    armed_for_.reset();
    if (socket_ == nullptr || !deadline_) return;
    if (*deadline_ > Clock::now()) return Arm(*deadline_);
    expired_ = true;
    boost::system::error_code ignored;
    socket_->cancel(ignored);
  }

  asio::ip::tcp::socket* socket_;
  asio::steady_timer timer_;
  std::optional<Clock::time_point> deadline_;
  std::optional<Clock::time_point> armed_for_;
  bool expired_ = false;
};

Channel::Channel(asio::ip::tcp::socket socket, std::unique_ptr<Transport> transport,
                 std::chrono::milliseconds write_timeout)
    : socket_(std::move(socket)),
      transport_(std::move(transport)),
      write_timeout_(write_timeout),
      watchdog_(std::make_shared<Watchdog>(&socket_)) {}

Channel::~Channel() {
  StopWatching();
  watchdog_->Close();
}

void Channel::Cancel() {
  cancelled_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

asio::awaitable<IoStatus> Channel::Wait(IoResult::Kind kind, Clock::time_point deadline) {
  if (cancelled_) co_return IoStatus::kBroken;
  bytes_since_wait_ = 0;
  watchdog_->Set(deadline);
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto what = kind == IoResult::Kind::kWantReadable ? asio::socket_base::wait_read
                                                          : asio::socket_base::wait_write;
  co_await socket_.async_wait(what, token);
  watchdog_->Clear();
  if (watchdog_->expired()) co_return IoStatus::kTimeout;
  co_return error || cancelled_ ? IoStatus::kBroken : IoStatus::kOk;
}

asio::awaitable<IoStatus> Channel::Read(std::span<char> buffer, Clock::time_point deadline,
                                        size_t* count, bool expect_wait) {
  *count = 0;
  if (bytes_since_wait_ > kMaxBytesInARow) {
    bytes_since_wait_ = 0;
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
  IoResult result{IoResult::Kind::kWantReadable, 0};
  if ((!expect_wait || transport_->HasUnread()) && !cancelled_)
    result = transport_->TryRead(buffer);
  while (result.kind == IoResult::Kind::kWantReadable ||
         result.kind == IoResult::Kind::kWantWritable) {
    const IoStatus status = co_await Wait(result.kind, deadline);
    if (status != IoStatus::kOk) co_return status;
    result = transport_->TryRead(buffer);
  }
  if (result.kind == IoResult::Kind::kEnd) co_return IoStatus::kEnd;
  if (result.kind == IoResult::Kind::kBroken) co_return IoStatus::kBroken;
  *count = result.bytes;
  bytes_since_wait_ += result.bytes;
  co_return IoStatus::kOk;
}

asio::awaitable<IoStatus> Channel::Write(std::string_view text) {
  iovec buffer{const_cast<char*>(text.data()), text.size()};
  co_return co_await Write(std::span(&buffer, 1));
}

asio::awaitable<IoStatus> Channel::Write(std::span<iovec> buffers, bool more_follows) {
  while (true) {
    while (!buffers.empty() && buffers.front().iov_len == 0) buffers = buffers.subspan(1);
    if (buffers.empty()) co_return IoStatus::kOk;
    if (cancelled_) co_return IoStatus::kBroken;
    const IoResult result = transport_->TryWrite(buffers, more_follows);
    if (result.kind == IoResult::Kind::kWantReadable ||
        result.kind == IoResult::Kind::kWantWritable) {
      const IoStatus status = co_await Wait(result.kind, Clock::now() + write_timeout_);
      if (status != IoStatus::kOk) co_return status;
      continue;
    }
    if (result.kind != IoResult::Kind::kDone) co_return IoStatus::kBroken;
    bytes_written_ += result.bytes;
    size_t left = result.bytes;
    for (iovec& buffer : buffers) {
      const size_t part = std::min(left, buffer.iov_len);
      buffer.iov_base = static_cast<char*>(buffer.iov_base) + part;
      buffer.iov_len -= part;
      left -= part;
    }
  }
}

asio::awaitable<IoStatus> Channel::SendFile(std::string_view head, const OpenFile& file,
                                            uint64_t offset, uint64_t length, BlockingPool& pool) {
  iovec buffer{const_cast<char*>(head.data()), head.size()};
  const IoStatus begun = co_await Write(std::span(&buffer, 1), /*more_follows=*/length > 0);
  if (begun != IoStatus::kOk) co_return begun;
  const uint64_t begin = offset;
  const uint64_t end = offset + length;
  uint64_t warm_end = offset;  // up to here the file is in the page cache, as far as we know
  while (offset < end) {
    if (cancelled_) co_return IoStatus::kBroken;
    if (offset >= warm_end) {
      if (offset > begin) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
      warm_end = std::min(end, offset + kMaxBytesInARow);
      if (!IsCached(file.fd(), offset) || !IsCached(file.fd(), warm_end - 1)) {
        auto warm = [&file, offset, warm_end] {
          ReadIntoPageCache(file.fd(), offset, warm_end - offset);
        };
        try {
          co_await pool.Run(warm);
        } catch (const Error&) {  // NOLINT(bugprone-empty-catch): a busy pool; better to wait for
                                  // the disk here than to cut the file off
        }
      }
    }
    const IoResult result = transport_->TrySendFile(file.fd(), offset, warm_end - offset);
    if (result.kind == IoResult::Kind::kWantReadable ||
        result.kind == IoResult::Kind::kWantWritable) {
      const IoStatus status = co_await Wait(result.kind, Clock::now() + write_timeout_);
      if (status != IoStatus::kOk) co_return status;
      continue;
    }
    if (result.kind != IoResult::Kind::kDone)
      co_return IoStatus::kBroken;  // kEnd: the file got shorter
    bytes_written_ += result.bytes;
    offset += result.bytes;
  }
  co_return IoStatus::kOk;
}

// A connection that is closed while bytes of the peer are unread is reset, and the reset may
// overtake what was written.
asio::awaitable<void> Channel::Linger(std::chrono::milliseconds timeout, uint64_t max_bytes) {
  transport_->ShutdownWrite();
  const auto deadline = Clock::now() + timeout;
  std::array<char, kDropBlockBytes> dropped;
  while (max_bytes > 0) {
    size_t count = 0;
    const IoStatus status = co_await Read(dropped, deadline, &count);
    if (status != IoStatus::kOk) co_return;
    max_bytes -= std::min<uint64_t>(max_bytes, count);
  }
}

void Channel::WatchPeer(std::function<void()> on_left) {
  on_left_ = std::make_shared<std::function<void()>>(std::move(on_left));
  WaitForPeer();
}

void Channel::WaitForPeer() {
  // The handler runs on this thread, and does nothing once on_left_ is gone, with the channel or
  // before it.
  auto look = [this, watch = std::weak_ptr(on_left_)](const boost::system::error_code& error) {
    const auto callback = watch.lock();
    if (!callback || error) return;
    const PeerState peer = transport_->Peer();
    if (peer == PeerState::kHasLeft) (*callback)();
    if (peer == PeerState::kQuiet) WaitForPeer();  // woken by bytes that were read already
  };
  socket_.async_wait(asio::socket_base::wait_read, look);
}

void Channel::StopWatching() {
  if (!on_left_) return;
  on_left_.reset();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace stemscribe::http
