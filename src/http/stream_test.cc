// Streamed responses, CORS, hooks, and the helpers of handlers: Wakeup and BlockingPool.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <future>

#include "http/test_client.h"
#include "http/wakeup.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;

class StreamTest : public ServerTest {
 protected:
  void AddStream(std::string_view path, std::optional<uint64_t> length,
                 std::function<asio::awaitable<void>(ResponseStream&)> produce) {
    router_.Add(Method::kGet, path, [length, produce](Request&) -> asio::awaitable<Response> {
      StreamBody body;
      body.produce = produce;
      body.length_bytes = length;
      co_return Response::Stream("text/plain", std::move(body));
    });
  }
  static asio::awaitable<void> TenLines(ResponseStream& stream) {
    for (int i = 0; i < 10; ++i) {
      const std::string line = "line " + std::to_string(i) + "\n";
      co_await stream.Write(line);
    }
  }
  static asio::awaitable<void> Fails(ResponseStream& stream) {
    co_await stream.Write("half");
    throw Error(ErrorCode::kIo, "the rest is lost");
  }
  static asio::awaitable<void> Megabytes(ResponseStream& stream) {
    const std::string block(1 << 20, 'm');
    for (int i = 0; i < 20; ++i) co_await stream.Write(block);
  }
};

TEST_F(StreamTest, SendsChunksOrADeclaredLength) {
  AddStream("/chunks", std::nullopt, &StreamTest::TenLines);
  AddStream("/length", 70, &StreamTest::TenLines);
  AddStream("/large", std::nullopt, &StreamTest::Megabytes);
  Start();
  TestClient client(port());
  const ClientResponse chunks = client.Get("/chunks");
  EXPECT_EQ(chunks.Header("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(client.chunks_complete());
  const ClientResponse length = client.Get("/length");
  EXPECT_EQ(length.Header("Content-Length"), "70");
  EXPECT_EQ(length.body, chunks.body);
  EXPECT_EQ(client.Get("/large").body, std::string(20 << 20, 'm'));
  EXPECT_EQ(client.Ask("HEAD", "/length").Header("Content-Length"), "70");
  EXPECT_EQ(client.Get("/chunks").body, chunks.body);
}

TEST_F(StreamTest, ABrokenStreamIsCut) {
  AddStream("/fails", std::nullopt, &StreamTest::Fails);
  AddStream("/short", 71, &StreamTest::TenLines);
  AddStream("/long", 69, &StreamTest::TenLines);
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Get("/fails").body, "half");
  EXPECT_FALSE(client.chunks_complete());
  EXPECT_TRUE(client.AtEnd());
  EXPECT_EQ(TestClient(port()).Get("/short").body.size(), 70u);
  EXPECT_LT(TestClient(port()).Get("/long").body.size(), 69u);
}

TEST_F(StreamTest, AddsCorsHeaders) {
  cors_.origins = {"https://app.example"};
  cors_.allowed_headers = {"Authorization", "X-Request-ID"};
  cors_.exposed_headers = {"Location", "X-Request-ID"};
  cors_.max_age_sec = 77;
  AddStream("/lines", std::nullopt, &StreamTest::TenLines);
  callbacks_.before_send = [](const Request&, Response& response) {
    response.headers.Set("X-All", "yes");
  };
  Start();
  TestClient client(port());
  const ClientResponse good = client.Get("/lines", "Origin: https://app.example\r\n");
  EXPECT_EQ(good.Header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(good.Header("Access-Control-Expose-Headers"), "Location, X-Request-ID");
  EXPECT_EQ(good.Header("Vary"), "Origin");
  EXPECT_EQ(good.Header("X-All"), "yes");
  const ClientResponse bad = client.Get("/lines", "Origin: https://evil.example\r\n");
  EXPECT_EQ(bad.status, 200);
  EXPECT_EQ(bad.Header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(bad.Header("Vary"), "Origin");
  const ClientResponse missing = client.Get("/none", "Origin: https://app.example\r\n");
  EXPECT_EQ(missing.status, 404);  // scripts must be able to read errors too
  EXPECT_EQ(missing.Header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(missing.Header("X-All"), "yes");
  const ClientResponse preflight = client.Ask(
      "OPTIONS", "/lines", "Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.Header("Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(preflight.Header("Access-Control-Allow-Headers"), "Authorization, X-Request-ID");
  EXPECT_EQ(preflight.Header("Access-Control-Max-Age"), "77");
}

TEST_F(StreamTest, AnyOriginNeedsNoVary) {
  cors_.origins = {"*"};
  AddStream("/lines", std::nullopt, &StreamTest::TenLines);
  Start();
  TestClient client(port());
  const ClientResponse response = client.Get("/lines", "Origin: https://any.example\r\n");
  EXPECT_EQ(response.Header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(response.Header("Vary"), "");
}

TEST(WakeupTest, SaysWhyItWoke) {
  asio::io_context io;
  std::vector<Wakeup::Reason> reasons;
  std::stop_source stop;
  std::promise<std::shared_ptr<Wakeup>> created;
  auto body = [&]() -> asio::awaitable<void> {
    auto wakeup = Wakeup::Create(co_await asio::this_coro::executor);
    wakeup->Notify();  // before the wait: not lost
    reasons.push_back(co_await wakeup->Wait(std::chrono::hours(1), stop.get_token()));
    reasons.push_back(co_await wakeup->Wait(std::chrono::milliseconds(1), stop.get_token()));
    created.set_value(wakeup);
    reasons.push_back(co_await wakeup->Wait(std::chrono::hours(1), stop.get_token()));
    reasons.push_back(co_await wakeup->Wait(std::chrono::hours(1), stop.get_token()));
  };
  asio::co_spawn(io, body(), asio::detached);
  std::thread other([&] {
    const auto wakeup = created.get_future().get();
    wakeup->Notify();
    while (true) {
      std::promise<size_t> count;
      asio::post(io, [&] { count.set_value(reasons.size()); });
      if (count.get_future().get() == 3) break;
    }
    stop.request_stop();
  });
  io.run();
  other.join();
  using enum Wakeup::Reason;
  EXPECT_EQ(reasons, (std::vector<Wakeup::Reason>{kNotified, kTimeout, kNotified, kStopped}));
}

TEST(BlockingPoolTest, CarriesResultsAndErrorsAndRefusesTooMuch) {
  asio::io_context io;
  BlockingPool pool(1, 1);
  std::promise<void> started;
  std::promise<void> release;
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.TrySubmit([] {}));  // waits: now the queue is full
  std::string outcome;
  auto body = [&]() -> asio::awaitable<void> {
    auto seven = [] { return 7; };
    try {
      co_await pool.Run(seven);
    } catch (const Error& error) {
      outcome = ErrorCodeName(error.code());
    }
    release.set_value();
    while (pool.num_queued() > 0) std::this_thread::yield();
    outcome += " " + std::to_string(co_await pool.Run(seven));
    auto fail = [] { throw Error(ErrorCode::kIo, "disk"); };
    try {
      co_await pool.Run(fail);
    } catch (const Error& error) {
      outcome += std::string(" ") + error.what();
    }
  };
  asio::co_spawn(io, body(), asio::detached);
  io.run();
  EXPECT_EQ(outcome, "unavailable 7 disk");
}

}  // namespace
}  // namespace stemscribe::http
