// Clients that are slow, idle or too many, and a server that is told to end.
#include <fcntl.h>
#include <sys/resource.h>

#include <boost/asio/this_coro.hpp>
#include <future>
#include <memory>
#include <thread>

#include "http/test_client.h"
#include "http/wakeup.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

class SlowClientTest : public ServerTest {
 protected:
  SlowClientTest() {
    router_.Add(Method::kGet, "/hello", [](Request&) -> asio::awaitable<Response> {
      co_return Response::Text(200, "hello");
    });
    router_.Add(Method::kPost, "/echo", [](Request& request) -> asio::awaitable<Response> {
      std::string body = co_await request.ReadAll(1 << 20);
      co_return Response::Text(200, std::move(body));
    });
    // Answers once the test lets it.
    router_.Add(Method::kGet, "/held", [this](Request&) -> asio::awaitable<Response> {
      entered_.set_value();
      auto wait = [this] { released_.get_future().wait(); };
      co_await pool_.Run(wait);
      co_return Response::Text(200, "finished");
    });
    router_.Add(Method::kGet, "/events", [](Request&) -> asio::awaitable<Response> {
      co_return Response::EventStream(&SlowClientTest::Events);
    });
    router_.Add(Method::kGet, "/flood", [](Request&) -> asio::awaitable<Response> {
      StreamBody body;
      body.produce = &SlowClientTest::Flood;
      co_return Response::Stream("text/plain", std::move(body));
    });
  }

  static asio::awaitable<void> Events(ResponseStream& stream) {
    co_await stream.Write("data: begin\n\n");
    auto wakeup = Wakeup::Create(co_await asio::this_coro::executor);
    const auto reason = co_await wakeup->Wait(std::chrono::hours(1), stream.stop_token());
    co_await stream.Write(reason == Wakeup::Reason::kStopped ? "data: end\n\n" : "data: what?\n\n");
  }
  static asio::awaitable<void> Flood(ResponseStream& stream) {
    const std::string block(100'000, 'x');
    while (true) co_await stream.Write(block);
  }

  std::promise<void> entered_;
  std::promise<void> released_;
};

TEST_F(SlowClientTest, ASlowHeadTimesOutHoweverManyBytesCome) {
  settings_.header_timeout = milliseconds(100);
  Start();
  TestClient client(port());
  client.Send("GET /hello HTTP/1.1\r\nHost: t\r\n");
  std::atomic<bool> stop = false;
  std::thread dripper([&] {
    while (!stop && client.Send("a")) std::this_thread::sleep_for(milliseconds(5));
  });
  EXPECT_EQ(client.ReadResponse().status, 408);
  stop = true;
  dripper.join();
}

TEST_F(SlowClientTest, SlowHeadsDisturbNobody) {
  settings_.header_timeout = std::chrono::seconds(60);
  Start();
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<TestClient>(port()));
    slow.back()->Send("GET /hello HTTP/1.1\r\nHo");
  }
  TestClient client(port());
  EXPECT_EQ(client.Get("/hello").status, 200);
  EXPECT_EQ(server_->num_connections(), 201);
}

TEST_F(SlowClientTest, SilentConnectionsAreClosedWithoutAWord) {
  settings_.header_timeout = milliseconds(50);
  settings_.idle_timeout = milliseconds(50);
  Start();
  TestClient silent(port());
  EXPECT_TRUE(silent.AtEnd());
  TestClient idle(port());
  EXPECT_EQ(idle.Get("/hello").status, 200);
  EXPECT_TRUE(idle.AtEnd());
}

TEST_F(SlowClientTest, AStalledBodyTimesOut) {
  settings_.body_timeout = milliseconds(100);
  Start();
  TestClient client(port());
  client.Send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(client.ReadResponse().status, 408);
  EXPECT_TRUE(client.AtEnd());  // or the next request would be taken for the rest of the body
}

TEST_F(SlowClientTest, ADrippingBodyIsTooSlow) {
  settings_.body_timeout = milliseconds(200);
  settings_.min_body_bytes_per_sec = 100'000;
  Start();
  TestClient client(port());
  client.Send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
  std::atomic<bool> stop = false;
  std::thread dripper([&] {
    while (!stop && client.Send("a")) std::this_thread::sleep_for(milliseconds(5));
  });
  EXPECT_EQ(client.ReadResponse().status, 408);
  stop = true;
  dripper.join();
}

TEST_F(SlowClientTest, AClientThatDoesNotReadIsCut) {
  settings_.write_timeout = milliseconds(100);
  Start();
  TestClient client(port(), 4096);
  client.Send("GET /flood HTTP/1.1\r\nHost: t\r\n\r\n");
  // Nothing is read until the server has given up: then all its connections are gone.
  while (server_->num_connections() > 0) std::this_thread::yield();
  client.ReadResponse();
  EXPECT_FALSE(client.chunks_complete());
}

TEST_F(SlowClientTest, LimitsConnectionsByAddress) {
  settings_.max_connections_per_address = 3;
  Start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<TestClient>(port()));
    EXPECT_EQ(clients.back()->Get("/hello").status, 200);
  }
  TestClient fourth(port());
  EXPECT_EQ(fourth.ReadToEnd(), "");
  clients.pop_back();
  while (server_->num_connections() > 2) std::this_thread::yield();
  TestClient again(port());
  EXPECT_EQ(again.Get("/hello").status, 200);
}

TEST_F(SlowClientTest, ConnectionsOverTheLimitWait) {
  settings_.max_connections = 1;
  Start();
  auto first = std::make_unique<TestClient>(port());
  EXPECT_EQ(first->Get("/hello").status, 200);
  TestClient second(port());
  second.Send("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(first->Get("/hello").status, 200);
  EXPECT_EQ(server_->num_connections(), 1);
  first.reset();
  EXPECT_EQ(second.ReadResponse().status, 200);
}

TEST_F(SlowClientTest, AFullServerTakesTurnsFromIdleConnections) {
  settings_.max_connections = 2;
  settings_.idle_timeout = std::chrono::minutes(10);
  Start();
  TestClient idle(port());
  EXPECT_EQ(idle.Get("/hello").status, 200);
  TestClient busy(port());
  busy.Send("GET /hello HTTP/1.1\r\nHo");
  TestClient next(port());
  EXPECT_EQ(next.Get("/hello").status, 200);
  EXPECT_TRUE(idle.AtEnd());
  busy.Send("st: t\r\n\r\n");
  EXPECT_EQ(busy.ReadResponse().status, 200);
}

TEST_F(SlowClientTest, GoesOnAfterRunningOutOfDescriptors) {
  Start();
  rlimit normal{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &normal), 0);
  const rlimit few{128, normal.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<int> hoard;
  for (int fd; (fd = ::open("/dev/null", O_RDONLY)) >= 0;) hoard.push_back(fd);
  ASSERT_FALSE(hoard.empty());
  ::close(hoard.back());  // one for the client, none for the server
  hoard.pop_back();
  TestClient client(port());
  client.Send("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  while (warnings().empty()) std::this_thread::yield();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &normal), 0);
  EXPECT_EQ(client.ReadResponse().status, 200);
  for (const int fd : hoard) ::close(fd);
}

TEST_F(SlowClientTest, ClosesAfterTheAllowedRequests) {
  settings_.requests_per_connection = 2;
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Get("/hello").Header("Connection"), "");
  EXPECT_EQ(client.Get("/hello").Header("Connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(SlowClientTest, AStreamEndsWhenTheClientLeaves) {
  Start();
  TestClient client(port());
  client.Send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(client.ReadUntil("data: begin\n\n"));
  client.Close();
  while (server_->num_connections() > 0) std::this_thread::yield();
  EXPECT_TRUE(warnings().empty());
}

TEST_F(SlowClientTest, DrainFinishesWhatIsUnderWay) {
  Start();
  TestClient idle(port());
  EXPECT_EQ(idle.Get("/hello").status, 200);
  TestClient events(port());
  events.Send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(events.ReadUntil("data: begin\n\n"));
  TestClient held(port());
  held.Send("GET /held HTTP/1.1\r\nHost: t\r\n\r\n");
  entered_.get_future().wait();

  EXPECT_FALSE(server_->Drain(milliseconds(1)));  // one is still held
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_TRUE(events.ReadUntil("data: end\n\n"));
  EXPECT_TRUE(events.ReadUntil("\r\n0\r\n\r\n"));
  EXPECT_TRUE(events.AtEnd());
  TestClient late(port());
  EXPECT_FALSE(late.connected());

  released_.set_value();
  const ClientResponse response = held.ReadResponse();
  EXPECT_EQ(response.body, "finished");
  EXPECT_EQ(response.Header("Connection"), "close");
  held.Close();
  EXPECT_TRUE(server_->Drain(std::chrono::seconds(10)));
  server_->Stop();
}

TEST_F(SlowClientTest, StopCutsEverything) {
  Start();
  TestClient idle(port());
  EXPECT_EQ(idle.Get("/hello").status, 200);
  TestClient events(port());
  events.Send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(events.ReadUntil("data: begin\n\n"));
  TestClient flood(port());
  flood.Send("GET /flood HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(flood.ReadExactly(1000).size(), 1000u);
  TestClient upload(port());
  upload.Send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nabc");
  server_->Stop();
  EXPECT_EQ(server_->num_connections(), 0);
  EXPECT_TRUE(idle.AtEnd());
  events.ReadToEnd();
  upload.ReadToEnd();
  server_->Stop();  // twice is fine
}

}  // namespace
}  // namespace stemscribe::http
