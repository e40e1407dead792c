// More work than the pool can do; and the port that only redirects.
#include <atomic>
#include <future>

#include "http/https_redirect.h"
#include "http/test_client.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

class OverloadTest : public ServerTest {
 protected:
  OverloadTest() {
    settings_.shed_after = milliseconds(1);
    callbacks_.on_limit = [this](std::string_view limit) {
      std::lock_guard lock(mutex_);
      limits_.emplace_back(limit);
    };
    const auto hello = [](Request&) -> asio::awaitable<Response> {
      co_return Response::Text(200, "hello");
    };
    router_.Add(Method::kGet, "/hello", hello);
    router_.Add(Method::kPost, "/hello", hello);
    router_.Add(Method::kGet, "/vital", hello, {.is_vital = true});
  }
  ~OverloadTest() override { Release(); }

  /// Both threads of the pool are busy and a third task waits, for longer than is allowed.
  void Overload() {
    for (int i = 0; i < 3; ++i) pool_.TrySubmit([released = released_] { released.wait(); });
    while (pool_.OldestWait() <= settings_.shed_after) std::this_thread::yield();
  }
  void Release() {
    if (!is_released_) release_.set_value();
    is_released_ = true;
  }
  std::vector<std::string> limits() {
    std::lock_guard lock(mutex_);
    return limits_;
  }

 private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  bool is_released_ = false;
  std::vector<std::string> limits_;
};

TEST_F(OverloadTest, ShedsRequestsUntilThePoolHasCaughtUp) {
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Get("/hello").status, 200);
  Overload();
  const ClientResponse refused = client.Get("/hello");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Header("Retry-After"), "5");
  EXPECT_EQ(client.Get("/vital").status, 200);
  EXPECT_EQ(limits(), std::vector<std::string>{"shed"});
  Release();
  while (pool_.OldestWait().count() > 0) std::this_thread::yield();
  EXPECT_EQ(client.Get("/hello").status, 200);
}

TEST_F(OverloadTest, ABodyThatIsRefusedNeedNotBeSent) {
  Start();
  Overload();
  TestClient client(port());
  client.Send(
      "POST /hello HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  const ClientResponse refused = client.ReadResponse();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Header("Retry-After"), "5");
  EXPECT_EQ(refused.Header("Connection"), "close");
}

TEST_F(OverloadTest, ZeroNeverSheds) {
  Overload();
  settings_.shed_after = milliseconds(0);
  Start();
  EXPECT_EQ(TestClient(port()).Get("/hello").status, 200);
}

TEST_F(OverloadTest, TellsOfConnectionLimits) {
  settings_.max_connections = 2;
  settings_.max_connections_per_address = 1;
  Start();
  TestClient first(port());
  EXPECT_EQ(first.Get("/hello").status, 200);
  EXPECT_EQ(TestClient(port()).ReadToEnd(), "");
  EXPECT_EQ(limits(), std::vector<std::string>{"connections_of_address"});
}

TEST_F(OverloadTest, WhoSendsManyRequestsAtOnceKeepsNobodyWaiting) {
  constexpr int kMany = 1000;
  std::promise<void> held;
  std::promise<void> release;
  std::atomic<int> num_counted = 0;
  std::atomic<int> counted_before_other = 0;
  router_.Add(Method::kGet, "/hold", [&](Request&) -> asio::awaitable<Response> {
    held.set_value();
    release.get_future().wait();  // the event thread stands still until all have sent
    co_return Response::Text(200, "");
  });
  router_.Add(Method::kGet, "/count", [&](Request&) -> asio::awaitable<Response> {
    ++num_counted;
    co_return Response::Text(200, "");
  });
  router_.Add(Method::kGet, "/other", [&](Request&) -> asio::awaitable<Response> {
    counted_before_other = num_counted.load();
    co_return Response::Text(200, "");
  });
  settings_.num_threads = 1;
  Start();
  TestClient greedy(port());
  TestClient other(port());
  EXPECT_EQ(greedy.Get("/hello").status, 200);
  EXPECT_EQ(other.Get("/hello").status, 200);
  TestClient holder(port());
  holder.Send("GET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
  held.get_future().wait();
  std::string requests;
  for (int i = 0; i < kMany; ++i) requests += "GET /count HTTP/1.1\r\nHost: t\r\n\r\n";
  greedy.Send(requests);
  other.Send("GET /other HTTP/1.1\r\nHost: t\r\n\r\n");
  release.set_value();
  EXPECT_EQ(other.ReadResponse().status, 200);
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(greedy.ReadResponse().status, 200);
  EXPECT_LE(counted_before_other, 100);
}

class RedirectTest : public ServerTest {
 protected:
  void StartRedirecting(uint16_t https_port) {
    router_ = RedirectRoutes(https_port);
    Start();
  }

  ClientResponse Ask(const std::string& line, const std::string& host) {
    TestClient client(port());
    client.Send(line + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.ReadResponse();
  }
};

TEST_F(RedirectTest, KeepsHostPathQueryAndMethod) {
  StartRedirecting(443);
  for (const std::string method : {"GET", "POST", "DELETE", "OPTIONS"}) {
    const ClientResponse response = Ask(method + " /a%20b/c?d=e&f", "song.example:80");
    EXPECT_EQ(response.status, 308) << method;
    EXPECT_EQ(response.Header("Location"), "https://song.example/a%20b/c?d=e&f") << method;
  }
}

TEST_F(RedirectTest, NamesAPortThatIsNotTheUsualOne) {
  StartRedirecting(8443);
  EXPECT_EQ(Ask("GET /", "song.example").Header("Location"), "https://song.example:8443/");
  EXPECT_EQ(Ask("GET /", "[::1]:8080").Header("Location"), "https://[::1]:8443/");
}

TEST_F(RedirectTest, HostsThatAreNoneAreRefused) {
  StartRedirecting(443);
  for (const std::string host : {"user@evil.example", "a/b", "a b", "", "a\"b"}) {
    const ClientResponse response = Ask("GET /", host);
    EXPECT_NE(response.status, 308) << host;
    EXPECT_EQ(response.Header("Location"), "") << host;
  }
}

}  // namespace
}  // namespace stemscribe::http
