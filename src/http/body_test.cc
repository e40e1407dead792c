// Request bodies on a real connection: streaming, limits, early refusal, "100 Continue".
#include <boost/asio/awaitable.hpp>
#include <thread>

#include "http/test_client.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;

class BodyTest : public ServerTest {
 protected:
  BodyTest() {
    settings_.max_body_bytes = 1000;
    RouteOptions large;
    large.max_body_bytes = 64 << 20;
    auto count = [](Request& request) -> asio::awaitable<Response> {
      std::vector<std::byte> buffer(10'000);
      uint64_t total = 0;
      uint64_t sum = 0;
      while (true) {
        const size_t bytes = co_await request.ReadSome(buffer);
        if (bytes == 0) break;
        total += bytes;
        for (size_t i = 0; i < bytes; ++i) sum += std::to_integer<uint64_t>(buffer[i]);
      }
      co_return Response::Text(200, std::to_string(total) + " " + std::to_string(sum));
    };
    router_.Add(Method::kPost, "/count", count, large);
    router_.Add(Method::kPost, "/small", count);
    router_.Add(
        Method::kPost, "/refuse",
        [](Request&) -> asio::awaitable<Response> { co_return Response::Text(422, "no thanks"); },
        large);
    router_.Add(
        Method::kPost, "/first",
        [](Request& request) -> asio::awaitable<Response> {
          std::byte first{};
          co_await request.ReadSome(std::span(&first, 1));
          co_return Response::Text(422, "seen enough");
        },
        large);
  }

  static std::string Post(std::string_view path, std::string_view headers) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n" + std::string(headers) + "\r\n";
  }
};

TEST_F(BodyTest, StreamsALargeBody) {
  Start();
  TestClient client(port());
  const std::string body(5'000'000, 'a');
  const std::string expected = "5000000 " + std::to_string(5'000'000ull * 'a');
  EXPECT_EQ(client.Ask("POST", "/count", "", body).body, expected);
  EXPECT_EQ(client.Ask("POST", "/count", "", "b").body, "1 98");
}

TEST_F(BodyTest, DecodesChunksAtEverySplit) {
  Start();
  const std::string body =
      "5;name=value\r\nhello\r\n1\r\n \r\n00006\r\nworld!\r\n0\r\nTrailer: x\r\n\r\n"
      "GET /nothing HTTP/1.1\r\nHost: t\r\n\r\n";
  for (size_t split = 0; split < body.size(); split += 3) {
    TestClient client(port());
    client.Send(Post("/count", "Transfer-Encoding: chunked\r\n") + body.substr(0, split));
    client.Send(body.substr(split));
    EXPECT_TRUE(client.ReadResponse().body.starts_with("12 ")) << split;
    EXPECT_EQ(client.ReadResponse().status, 404) << split;
  }
}

TEST_F(BodyTest, RefusesChunksThatHoldHardlyAnything) {
  Start();
  const std::string chunk = "1;" + std::string(3000, 'x') + "\r\na\r\n";
  TestClient client(port());
  client.Send(Post("/count", "Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 100; ++i) {
    if (!client.Send(chunk)) break;
  }
  EXPECT_EQ(client.ReadResponse().status, 400);
  std::string small;
  for (int i = 0; i < 100'000; ++i) small += "1\r\na\r\n";
  TestClient other(port());
  other.Send(Post("/count", "Transfer-Encoding: chunked\r\n") + small + "0\r\n\r\n");
  EXPECT_TRUE(other.ReadResponse().body.starts_with("100000 ")) << "bytes may come one by one";
}

TEST_F(BodyTest, RefusesControlCharactersInChunkExtensions) {
  Start();
  const std::string head = Post("/count", "Transfer-Encoding: chunked\r\n");
  TestClient client(port());
  client.Send(head + "5;a=\"\nfoo\"\r\nabcde\r\n0\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().status, 400);
  TestClient other(port());
  other.Send(head + "5;a=\"f o\to\"\r\nabcde\r\n0\r\n\r\n");
  EXPECT_EQ(other.ReadResponse().status, 200);
}

TEST_F(BodyTest, DecodesManyChunks) {
  Start();
  TestClient client(port());
  std::string body;
  for (int i = 0; i < 3000; ++i) body += "64\r\n" + std::string(100, 'x') + "\r\n";
  client.Send(Post("/count", "Transfer-Encoding: chunked\r\n") + body + "0\r\n\r\n");
  EXPECT_TRUE(client.ReadResponse().body.starts_with("300000 "));
  EXPECT_EQ(client.Ask("POST", "/count", "", "b").body, "1 98");
}

TEST_F(BodyTest, RefusesADeclaredLengthWithoutReading) {
  Start();
  TestClient client(port());
  client.Send(Post("/small", "Content-Length: 1001\r\n"));
  const ClientResponse response = client.ReadResponse();  // not one byte of the body was sent
  EXPECT_EQ(response.status, 413);
}

TEST_F(BodyTest, RefusesTooLongChunkedBodies) {
  Start();
  TestClient client(port());
  client.Send(Post("/small", "Transfer-Encoding: chunked\r\n") + "3e9\r\n" +
              std::string(1001, 'x') + "\r\n");
  EXPECT_EQ(client.ReadResponse().status, 413);
}

TEST_F(BodyTest, TellsTheClientToContinueOnlyOnceItReads) {
  Start();
  TestClient client(port());
  client.Send(Post("/count", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.ReadResponse().status, 100);
  client.Send("abc");
  EXPECT_TRUE(client.ReadResponse().body.starts_with("3 "));

  TestClient refused(port());
  refused.Send(Post("/refuse", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
  const ClientResponse response = refused.ReadResponse();
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.Header("Connection"), "close");
  refused.ShutdownWrite();
  EXPECT_TRUE(refused.AtEnd());
}

TEST_F(BodyTest, KeepsTheConnectionAfterASmallUnreadBody) {
  Start();
  TestClient client(port());
  EXPECT_EQ(client.Ask("POST", "/refuse", "", std::string(20'000, 'x')).body, "no thanks");
  EXPECT_EQ(client.Ask("POST", "/count", "", "b").body, "1 98");
}

// A client that sends on and on sees the refusal, and is cut off long before it has sent all.
TEST_F(BodyTest, ClientsSeeARefusalWhileTheySend) {
  settings_.linger_max_bytes = 1 << 20;
  Start();
  for (const char* path : {"/refuse", "/first"}) {
    TestClient client(port());
    const size_t total = 60 << 20;
    client.Send(Post(path, "Content-Length: " + std::to_string(total) + "\r\n"));
    const std::string block(64 * 1024, 'x');
    size_t sent = 0;
    while (sent < total && client.Send(block)) sent += block.size();
    EXPECT_LT(sent, total);
    const ClientResponse response = client.ReadResponse();
    EXPECT_EQ(response.status, 422) << path;
    EXPECT_EQ(response.Header("Connection"), "close");
  }
}

TEST_F(BodyTest, ALingeringConnectionEndsWithoutReset) {
  Start();
  TestClient client(port());
  client.Send(Post("/refuse", "Content-Length: 200000\r\n") + std::string(150'000, 'x'));
  EXPECT_EQ(client.ReadResponse().status, 422);
  EXPECT_TRUE(client.AtEnd());
  EXPECT_FALSE(client.was_reset());
}

TEST_F(BodyTest, NoticesAClientThatLeaves) {
  Start();
  {
    TestClient client(port());
    client.Send(Post("/count", "Content-Length: 100\r\n") + "abc");
  }
  WaitForAccesses(1);
  const auto seen = StopAndGetAccesses();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].status, 499);
  EXPECT_EQ(seen[0].bytes_in, 3u);
  EXPECT_TRUE(warnings().empty());
}

TEST_F(BodyTest, ReadsManyBodiesAtOnce) {
  Start();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      TestClient client(port());
      right += client.Ask("POST", "/count", "", std::string(3'000'000, 'a'))
                   .body.starts_with("3000000 ");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8);
}

}  // namespace
}  // namespace stemscribe::http
