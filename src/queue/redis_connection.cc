#include "queue/redis_connection.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>

#include <array>
#include <charconv>

#include "base/error.h"

namespace stemscribe::queue {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBlockBytes = 16 * 1024;

Error Away(const std::string& why) {
  return Error(ErrorCode::kUnavailable, "Redis does not answer: " + why);
}

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

RedisReply Convert(const redisReply& from) {
  RedisReply reply;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      reply.type = RedisReply::Type::kNumber;
      reply.number = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.type = RedisReply::Type::kText;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ERROR:
      reply.type = RedisReply::Type::kError;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ARRAY:
      reply.type = RedisReply::Type::kArray;
      for (size_t i = 0; i < from.elements; ++i) reply.items.push_back(Convert(*from.element[i]));
      break;
    default:
      break;
  }
  return reply;
}

jobs::Milliseconds Left(Clock::time_point deadline) {
  return std::max(jobs::Milliseconds(0),
                  std::chrono::ceil<jobs::Milliseconds>(deadline - Clock::now()));
}

}  // namespace

struct RedisConnection::Impl {
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
  std::unique_ptr<redisReader, FreeReader> reader{redisReaderCreate()};
  curl_socket_t socket = CURL_SOCKET_BAD;

  /// Whether the socket can be read (or written), before the deadline and without a wake-up.
  bool Wait(short events, Clock::time_point deadline, int wake_fd) const {
    std::array<pollfd, 2> fds{pollfd{socket, events, 0}, pollfd{wake_fd, POLLIN, 0}};
    const int result =
        poll(fds.data(), wake_fd < 0 ? 1 : 2, static_cast<int>(Left(deadline).count()));
    return result > 0 && fds[0].revents != 0;
  }
};

RedisConnection::RedisConnection(const RedisSettings& settings) : settings_(settings) {
  Connect(settings_.sentinel_master.empty() ? settings_.addresses.at(0) : AskSentinels());
  Login();
  if (settings_.meter) ++settings_.meter->num_open;
}

RedisConnection::~RedisConnection() {
  if (settings_.meter) --settings_.meter->num_open;
}

void RedisConnection::Connect(const RedisAddress& address) {
  impl_ = std::make_unique<Impl>();
  CURL* easy = impl_->easy.get();
  if (easy == nullptr) throw Away("libcurl gives no handle");
  // libcurl calls a bare TLS connection https; nothing of HTTP is said on it.
  const std::string url =
      fmt::format("{}://{}:{}", settings_.tls ? "https" : "http", address.host, address.port);
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, long{settings_.timeout.count()});
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason.data());
  if (!settings_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, settings_.ca_file.c_str());
  const CURLcode code = curl_easy_perform(easy);
  if (code != CURLE_OK) throw Away(reason[0] != '\0' ? reason.data() : curl_easy_strerror(code));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &impl_->socket);
}

RedisAddress RedisConnection::AskSentinels() {
  std::string why = "no sentinel knows the master";
  for (const RedisAddress& sentinel : settings_.addresses) {
    try {
      Connect(sentinel);
      const auto ask = [this] {
        return Call({"SENTINEL", "get-master-addr-by-name", settings_.sentinel_master},
                    settings_.timeout);
      };
      RedisReply reply = ask();
      if (reply.IsError("NOAUTH")) {  // many have the password of their master
        Authenticate();
        reply = ask();
      }
      if (reply.items.size() != 2) continue;
      RedisAddress master{reply.items[0].text, 0};
      const std::string& port = reply.items[1].text;
      std::from_chars(port.data(), port.data() + port.size(), master.port);
      return master;
    } catch (const Error& error) {
      why = error.what();
    }
  }
  throw Away(why);
}

void RedisConnection::CallOrThrow(const RedisCommand& command) {
  const RedisReply reply = Call(command, settings_.timeout);
  if (reply.type == RedisReply::Type::kError) throw Away(reply.text);
}

void RedisConnection::Authenticate() {
  CallOrThrow(settings_.user.empty() ? RedisCommand{"AUTH", settings_.password}
                                     : RedisCommand{"AUTH", settings_.user, settings_.password});
}

void RedisConnection::Login() {
  if (!settings_.password.empty()) Authenticate();
  if (settings_.database != 0) CallOrThrow({"SELECT", std::to_string(settings_.database)});
}

void RedisConnection::Send(const RedisCommand& command) {
  std::vector<const char*> words;
  std::vector<size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* formatted = nullptr;
  const int size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), words.data(),
                                          sizes.data());
  const std::unique_ptr<char, decltype(&redisFreeCommand)> owner(formatted, redisFreeCommand);
  if (size < 0) throw Error(ErrorCode::kInternal, "hiredis cannot format a command");
  const auto deadline = Clock::now() + settings_.timeout;
  for (size_t sent = 0; sent < static_cast<size_t>(size);) {
    size_t count = 0;
    const CURLcode code = curl_easy_send(impl_->easy.get(), formatted + sent,
                                         static_cast<size_t>(size) - sent, &count);
    sent += count;
    if (code == CURLE_OK) continue;
    if (code != CURLE_AGAIN) throw Away(curl_easy_strerror(code));
    if (!impl_->Wait(POLLOUT, deadline, -1)) throw Away("it takes no more");
  }
}

std::optional<RedisReply> RedisConnection::Read(jobs::Milliseconds timeout, int wake_fd) {
  const auto deadline = Clock::now() + timeout;
  while (true) {
    void* parsed = nullptr;
    if (redisReaderGetReply(impl_->reader.get(), &parsed) != REDIS_OK) {
      throw Away("it does not speak its protocol");
    }
    if (parsed != nullptr) {
      const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(parsed));
      return Convert(*reply);
    }
    std::array<char, kBlockBytes> block{};
    size_t count = 0;
    const CURLcode code = curl_easy_recv(impl_->easy.get(), block.data(), block.size(), &count);
    if (code == CURLE_OK && count == 0) throw Away("it closed the connection");
    if (code == CURLE_OK) {
      redisReaderFeed(impl_->reader.get(), block.data(), count);
    } else if (code != CURLE_AGAIN) {
      throw Away(curl_easy_strerror(code));
    } else if (!impl_->Wait(POLLIN, deadline, wake_fd)) {
      return std::nullopt;
    }
  }
}

RedisReply RedisConnection::Call(const RedisCommand& command, jobs::Milliseconds timeout) {
  Send(command);
  std::optional<RedisReply> reply = Read(timeout);
  if (!reply) throw Away("its answer is late");
  return std::move(*reply);
}

}  // namespace stemscribe::queue
