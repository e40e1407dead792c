// Reading and writing on one connection, with time limits. Internal to http/.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "http/blocking_pool.h"
#include "http/response.h"
#include "http/transport.h"

namespace stemscribe::http {

enum class IoStatus {
  kOk,
  kEnd,      // the peer sends no more
  kTimeout,  // nothing moved in time
  kBroken,   // the connection failed, or was cancelled
};

/// Used by one connection on its event thread. Writes do not overlap, nor do reads.
class Channel {
 public:
  using Clock = std::chrono::steady_clock;

  Channel(boost::asio::ip::tcp::socket socket, std::unique_ptr<Transport> transport,
          std::chrono::milliseconds write_timeout);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Reads at least a byte into `buffer` (not empty) before `deadline`. `expect_wait`: nothing is
  /// there yet, most likely, so a try would be wasted.
  boost::asio::awaitable<IoStatus> Read(std::span<char> buffer, Clock::time_point deadline,
                                        size_t* count, bool expect_wait = false);

  /// Writes all of the buffers, which it changes; the write timeout starts again whenever some of
  /// it moves.
  boost::asio::awaitable<IoStatus> Write(std::span<iovec> buffers, bool more_follows = false);
  boost::asio::awaitable<IoStatus> Write(std::string_view text);

  /// Sends `head`, then a part of a file. What is not in the page cache is read on `pool` first, so
  /// the event thread does not wait for the disk.
  boost::asio::awaitable<IoStatus> SendFile(std::string_view head, const OpenFile& file,
                                            uint64_t offset, uint64_t length, BlockingPool& pool);

  /// Calls `on_left` once if the peer leaves, until StopWatching. Not while Read is under way.
  void WatchPeer(std::function<void()> on_left);
  void StopWatching();

  /// Ends a connection whose peer may still be sending: says that nothing more comes, and drops
  /// what arrives until the peer has noticed, the time is over, or it is too much.
  boost::asio::awaitable<void> Linger(std::chrono::milliseconds timeout, uint64_t max_bytes);

  /// Makes a Read or Write that is under way, and all later ones, return kBroken.
  void Cancel();

  uint64_t bytes_written() const { return bytes_written_; }

 private:
  class Watchdog;

  boost::asio::awaitable<IoStatus> Wait(IoResult::Kind kind, Clock::time_point deadline);
  void WaitForPeer();

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<Transport> transport_;
  const std::chrono::milliseconds write_timeout_;
  std::shared_ptr<Watchdog> watchdog_;
  std::shared_ptr<std::function<void()>> on_left_;  // null while nobody watches
  bool cancelled_ = false;
  uint64_t bytes_since_wait_ = 0;  // read without giving other connections a turn
  uint64_t bytes_written_ = 0;
};

}  // namespace stemscribe::http
