// For tests: a server on a free port, and a client on a plain socket that sends exactly what it is
// told.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/server.h"

namespace stemscribe::http {

struct ClientResponse {
  int status = 0;
  std::string head;  // with its status line
  std::string body;

  /// The first value of a header; empty if absent.
  std::string Header(std::string_view name) const {
    for (size_t start = head.find("\r\n"); start != std::string::npos;
         start = head.find("\r\n", start + 2)) {
      const std::string_view line = std::string_view(head).substr(start + 2);
      if (EqualsIgnoreCase(line.substr(0, name.size()), name) &&
          line.substr(name.size()).starts_with(": ")) {
        const std::string_view value = line.substr(name.size() + 2);
        return std::string(value.substr(0, value.find("\r\n")));
      }
    }
    return {};
  }
};

/// Blocking, with a generous time limit instead of hanging.
class TestClient {
 public:
  explicit TestClient(uint16_t port, int receive_buffer_bytes = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer_bytes > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~TestClient() { Close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connected() const { return connected_; }

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void ShutdownWrite() { ::shutdown(fd_, SHUT_WR); }

  /// False if the server cut the connection before it took all of it.
  bool Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

  /// Receives until `end` has come, and returns all up to there; nullopt if the connection ends
  /// first.
  std::optional<std::string> ReadUntil(std::string_view end) {
    size_t found;
    while ((found = buffer_.find(end)) == std::string::npos) {
      if (!Fill()) return std::nullopt;
    }
    return Take(found + end.size());
  }

  std::string ReadExactly(size_t count) {
    while (buffer_.size() < count && Fill()) {
    }
    return Take(std::min(count, buffer_.size()));
  }

  std::string ReadToEnd() {
    while (Fill()) {
    }
    return std::exchange(buffer_, {});
  }

  /// Whether the connection ends now, with nothing more on it.
  bool AtEnd() { return buffer_.empty() && !Fill() && !timed_out_; }
  /// Whether the connection was ended by a reset.
  bool was_reset() const { return was_reset_; }

  ClientResponse ReadResponse(bool is_head = false) {
    ClientResponse response;
    response.head = ReadUntil("\r\n\r\n").value_or("");
    if (response.head.size() < 12) return response;
    response.status = std::atoi(response.head.c_str() + 9);
    if (is_head || response.status < 200 || response.status == 204 || response.status == 304)
      return response;
    if (response.Header("Transfer-Encoding") == "chunked") {
      response.body = ReadChunks();
    } else if (const std::string length = response.Header("Content-Length"); !length.empty()) {
      response.body = ReadExactly(std::strtoull(length.c_str(), nullptr, 10));
    } else {
      response.body = ReadToEnd();
    }
    return response;
  }

  ClientResponse Get(std::string_view target, std::string_view headers = "") {
    return Ask("GET", target, headers);
  }
  ClientResponse Ask(std::string_view method, std::string_view target,
                     std::string_view headers = "", std::string_view body = "") {
    std::string text =
        std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n";
    text += headers;
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    text += body;
    Send(text);
    return ReadResponse(method == "HEAD");
  }

 private:
  bool Fill() {
    char block[64 * 1024];
    const ssize_t count = ::recv(fd_, block, sizeof block, 0);
    if (count < 0) {
      was_reset_ = errno == ECONNRESET;
      timed_out_ = errno == EAGAIN || errno == EWOULDBLOCK;
    }
    if (count <= 0) return false;
    buffer_.append(block, static_cast<size_t>(count));
    return true;
  }

  std::string Take(size_t count) {
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  std::string ReadChunks() {
    std::string body;
    while (true) {
      const std::string line = ReadUntil("\r\n").value_or("");
      const size_t size = std::strtoull(line.c_str(), nullptr, 16);
      if (line.empty() || size == 0) {
        chunks_complete_ = !line.empty() && ReadUntil("\r\n").has_value();
        return body;
      }
      body += ReadExactly(size);
      ReadExactly(2);
    }
  }

 public:
  /// Whether the last chunked body had its end.
  bool chunks_complete() const { return chunks_complete_; }

 private:
  int fd_;
  bool connected_ = false;
  bool was_reset_ = false;
  bool timed_out_ = false;
  bool chunks_complete_ = false;
  std::string buffer_;
};

/// What an access record said, in own storage.
struct SeenAccess {
  std::string request_id;
  std::string method;
  std::string path;
  std::string route_pattern;
  int status;
  uint64_t bytes_in;
  uint64_t bytes_out;
  std::string remote_address;
  std::string user_agent;
};

/// Add routes, then Start.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    settings_.num_threads = 2;
    callbacks_.error_responder = [](const Request& request, const Error& error, int status) {
      const bool not_found = error.code() == ErrorCode::kNotFound;
      return Response::Json(status != 0 ? status : (not_found ? 404 : 500),
                            R"({"error":")" + std::string(error.what()) + R"(","id":")" +
                                request.request_id() + "\"}");
    };
    callbacks_.on_access = [this](const AccessRecord& record) {
      std::lock_guard lock(mutex_);
      accesses_.push_back({std::string(record.request_id), std::string(record.method),
                           std::string(record.path), std::string(record.route_pattern),
                           record.status, record.bytes_in, record.bytes_out,
                           std::string(record.remote_address), std::string(record.user_agent)});
    };
    callbacks_.on_warning = [this](std::string_view message) {
      std::lock_guard lock(mutex_);
      warnings_.emplace_back(message);
    };
  }

  void Start() {
    server_.emplace(settings_, std::move(router_), cors_, callbacks_, pool_);
    server_->Start();
  }
  uint16_t port() const { return server_->port(); }

  /// Waits until this many requests have been reported.
  void WaitForAccesses(size_t count) {
    while (true) {
      std::this_thread::yield();
      std::lock_guard lock(mutex_);
      if (accesses_.size() >= count) return;
    }
  }

  /// Stops the server, so that every access is in, and returns them.
  std::vector<SeenAccess> StopAndGetAccesses() {
    server_->Drain(std::chrono::seconds(10));
    server_->Stop();
    std::lock_guard lock(mutex_);
    return accesses_;
  }
  std::vector<std::string> warnings() {
    std::lock_guard lock(mutex_);
    return warnings_;
  }

  ServerSettings settings_;
  Router router_;
  CorsPolicy cors_;
  ServerCallbacks callbacks_;
  std::mutex mutex_;  // guards accesses_ and warnings_
  std::vector<SeenAccess> accesses_;
  std::vector<std::string> warnings_;
  BlockingPool pool_{2, 64};
  std::optional<Server> server_;
};

}  // namespace stemscribe::http
