#include "http/server.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "http/compression.h"
#include "http/test_client.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;

class BasicServerTest : public ServerTest {
 protected:
  BasicServerTest() {
    settings_.max_header_bytes = 4096;
    router_.Add(Method::kGet, "/hello", [](Request&) -> asio::awaitable<Response> {
      co_return Response::Text(200, "hello");
    });
    router_.Add(
        Method::kGet, "/jobs/{id}/stems/{stem}", [](Request& request) -> asio::awaitable<Response> {
          co_return Response::Text(200, request.path_param("id") + "|" +
                                            request.path_param("stem") + "|" +
                                            std::string(request.query().Get("q").value_or("-")));
        });
    router_.Add(Method::kPost, "/echo", [](Request& request) -> asio::awaitable<Response> {
      std::string body = co_await request.ReadAll(1 << 20);
      co_return Response::Text(200, std::move(body));
    });
    router_.Add(Method::kGet, "/missing", [](Request&) -> asio::awaitable<Response> {
      throw Error(ErrorCode::kNotFound, "gone");
      co_return Response();
    });
    router_.Add(Method::kGet, "/broken", [](Request&) -> asio::awaitable<Response> {
      throw std::runtime_error("secret detail");
      co_return Response();
    });
    router_.Add(Method::kGet, "/text", [](Request& request) -> asio::awaitable<Response> {
      Response response = Response::Json(200, "[" + std::string(100'000, '1') + "]");
      if (request.query().Has("etag")) response.headers.Set("ETag", "\"abc\"");
      co_return response;
    });
    router_.Add(Method::kGet, "/pool", [this](Request&) -> asio::awaitable<Response> {
      const auto event_thread = std::this_thread::get_id();
      auto work = [] { return std::this_thread::get_id(); };
      const auto pool_thread = co_await pool_.Run(work);
      co_return Response::Text(
          200, event_thread == std::this_thread::get_id() && pool_thread != event_thread
                   ? "right threads"
                   : "wrong threads");
    });
    Start();
  }

  int StatusOf(std::string_view raw_request) {
    TestClient client(port());
    client.Send(raw_request);
    return client.ReadResponse().status;
  }
};

TEST_F(BasicServerTest, AnswersAndKeepsTheConnection) {
  TestClient client(port());
  for (int i = 0; i < 3; ++i) {
    const ClientResponse response = client.Get("/hello");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.Header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_TRUE(response.Header("Date").ends_with(" GMT"));
    EXPECT_EQ(response.Header("Connection"), "");
  }
}

TEST_F(BasicServerTest, AnswersPipelinedRequestsInOrder) {
  TestClient client(port());
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests += "GET /jobs/" + std::to_string(i) + "/stems/s HTTP/1.1\r\nHost: t\r\n\r\n";
  requests +=
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabcGET /hello HTTP/1.1\r\nHost: "
      "t\r\n\r\n";
  client.Send(requests);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.ReadResponse().body, std::to_string(i) + "|s|-");
  EXPECT_EQ(client.ReadResponse().body, "abc");
  EXPECT_EQ(client.ReadResponse().body, "hello");
}

TEST_F(BasicServerTest, TakesARequestInAnyPieces) {
  TestClient client(port());
  const std::string request = "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody";
  for (const char c : request) client.Send(std::string(1, c));
  EXPECT_EQ(client.ReadResponse().body, "body");
}

TEST_F(BasicServerTest, DecodesParametersAsData) {
  TestClient client(port());
  EXPECT_EQ(client.Get("/jobs/..%2f..%2fetc/stems/a%20b?q=x+y%26").body, "../../etc|a b|x y&");
  EXPECT_EQ(client.Get("/jobs/%zz/stems/a").status, 400);
}

TEST_F(BasicServerTest, HeadHasTheHeadersOfGet) {
  TestClient client(port());
  const ClientResponse response = client.Ask("HEAD", "/hello");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("Content-Length"), "5");
  EXPECT_EQ(client.Get("/hello").body, "hello");  // no stray body bytes before it
}

TEST_F(BasicServerTest, RefusesUnknownPathsAndMethods) {
  TestClient client(port());
  EXPECT_EQ(client.Get("/nowhere").status, 404);
  const ClientResponse response = client.Ask("DELETE", "/hello");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.Header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(client.Ask("BREW", "/hello").status, 405);
  const ClientResponse options = client.Ask("OPTIONS", "/echo");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.Header("Allow"), "POST, OPTIONS");
  EXPECT_EQ(client.Ask("OPTIONS", "*").status, 204);
}

TEST_F(BasicServerTest, TurnsErrorsIntoResponses) {
  TestClient client(port());
  const ClientResponse missing = client.Get("/missing", "X-Request-ID: abc-1\r\n");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"error":"gone","id":"abc-1"})");
  const ClientResponse broken = client.Get("/broken");
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.body.find("secret"), std::string::npos);
  ASSERT_EQ(warnings().size(), 1u);
  EXPECT_NE(warnings()[0].find("secret detail"), std::string::npos);
}

TEST_F(BasicServerTest, EveryResponseHasARequestId) {
  TestClient client(port());
  EXPECT_EQ(client.Get("/hello", "X-Request-ID: my.id_1-2\r\n").Header("X-Request-ID"),
            "my.id_1-2");
  const std::string made = client.Get("/hello", "X-Request-ID: bad id\r\n").Header("X-Request-ID");
  EXPECT_EQ(made.size(), 16u);
  EXPECT_NE(client.Get("/hello").Header("X-Request-ID"), made);
  EXPECT_EQ(client.Get("/hello", "X-Request-ID: " + std::string(129, 'a') + "\r\n")
                .Header("X-Request-ID")
                .size(),
            16u);
  client.Send("nonsense\r\n\r\n");
  EXPECT_EQ(client.ReadResponse().Header("X-Request-ID").size(), 16u);
}

TEST_F(BasicServerTest, RefusesMalformedRequests) {
  const std::string host = "Host: t\r\n";
  EXPECT_EQ(StatusOf("GET /hello HTTP/1.1\r\n\r\n"), 400);  // no Host
  EXPECT_EQ(StatusOf("GET /hello HTTP/1.1\r\n" + host + host + "\r\n"), 400);
  EXPECT_EQ(StatusOf("GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET /hello HTTP/2.0\r\n" + host + "\r\n"), 505);
  EXPECT_EQ(StatusOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(StatusOf("GET /hello HTTX/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(StatusOf("GET hello HTTP/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(StatusOf("GET /he\x01llo HTTP/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(StatusOf(std::string("GET /he\0llo HTTP/1.1\r\nHost: t\r\n\r\n", 33)), 400);
  EXPECT_EQ(StatusOf("GET /hello#top HTTP/1.1\r\n" + host + "\r\n"), 400);
  EXPECT_EQ(StatusOf("GET /hello HTTP/1.1\n" + host + "\n"), 400);
  EXPECT_EQ(StatusOf("GET /hello HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n"), 400);  // folded
  EXPECT_EQ(StatusOf("GET /hello HTTP/1.1\r\n" + host + "A : b\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET /hello HTTP/1.1\r\n" + host + "Expect: wonders\r\n\r\n"), 417);
  EXPECT_EQ(StatusOf("\r\n\r\nGET /hello HTTP/1.1\r\n" + host + "\r\n"), 200);  // forgiven
}

TEST_F(BasicServerTest, LimitsTheHead) {
  EXPECT_EQ(StatusOf("GET /" + std::string(5000, 'a')), 414);
  EXPECT_EQ(StatusOf("GET /hello HTTP/1.1\r\nHost: t\r\nA: " + std::string(5000, 'a')), 431);
  std::string many = "GET /hello HTTP/1.1\r\nHost: t\r\n";
  for (int i = 0; i < 150; ++i) many += "A: b\r\n";
  EXPECT_EQ(StatusOf(many + "\r\n"), 431);
}

TEST_F(BasicServerTest, TakesAbsoluteTargets) {
  EXPECT_EQ(StatusOf("GET http://some.host:80/hello HTTP/1.1\r\nHost: some.host\r\n\r\n"), 200);
  EXPECT_EQ(StatusOf("GET http:///hello HTTP/1.1\r\nHost: t\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET http://some.host HTTP/1.1\r\nHost: t\r\n\r\n"), 404);
}

TEST_F(BasicServerTest, SpeaksHttp10) {
  TestClient once(port());
  once.Send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(once.ReadResponse().Header("Connection"), "close");
  EXPECT_TRUE(once.AtEnd());
  TestClient kept(port());
  kept.Send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.ReadResponse().Header("Connection"), "keep-alive");
  EXPECT_EQ(kept.Get("/hello").status, 200);
}

TEST_F(BasicServerTest, ClosesWhenAsked) {
  TestClient client(port());
  EXPECT_EQ(client.Get("/hello", "Connection: close\r\n").Header("Connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(BasicServerTest, CompressesForThoseWhoTakeIt) {
  TestClient client(port());
  const ClientResponse plain = client.Get("/text");
  EXPECT_EQ(plain.Header("Content-Encoding"), "");
  EXPECT_EQ(plain.Header("Vary"), "Accept-Encoding");
  const ClientResponse packed =
      client.Get("/text?etag", "Accept-Encoding: br;q=0.5, gzip;q=0.8\r\n");
  EXPECT_EQ(packed.Header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.Header("ETag"), "W/\"abc\"");
  EXPECT_LT(packed.body.size(), 1000u);
  GzipReader reader;
  auto bytes = std::as_bytes(std::span(packed.body));
  EXPECT_EQ(reader.Inflate(bytes, 200'000), plain.body);
  EXPECT_TRUE(reader.finished());
  EXPECT_EQ(client.Get("/hello", "Accept-Encoding: gzip\r\n").Header("Content-Encoding"),
            "");  // too short
}

TEST_F(BasicServerTest, PoolWorkReturnsToTheEventThread) {
  TestClient client(port());
  EXPECT_EQ(client.Get("/pool").body, "right threads");
}

TEST_F(BasicServerTest, ReportsEachRequest) {
  {
    TestClient client(port());
    client.Get("/jobs/1/stems/vocals?q=1", "User-Agent: tester\r\nX-Request-ID: one\r\n");
    client.Ask("POST", "/echo", "", "12345");
    client.Get("/nowhere");
    client.Send("nonsense\r\n\r\n");
    client.ReadResponse();
  }
  const auto seen = StopAndGetAccesses();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0].request_id, "one");
  EXPECT_EQ(seen[0].method, "GET");
  EXPECT_EQ(seen[0].path, "/jobs/1/stems/vocals");
  EXPECT_EQ(seen[0].route_pattern, "/jobs/{id}/stems/{stem}");
  EXPECT_EQ(seen[0].status, 200);
  EXPECT_EQ(seen[0].user_agent, "tester");
  EXPECT_EQ(seen[0].remote_address, "127.0.0.1");
  EXPECT_GT(seen[0].bytes_out, 100u);
  EXPECT_EQ(seen[1].bytes_in, 5u);
  EXPECT_EQ(seen[2].status, 404);
  EXPECT_EQ(seen[2].route_pattern, "");
  EXPECT_EQ(seen[3].status, 400);
}

TEST_F(BasicServerTest, ServesManyClientsAtOnce) {
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      TestClient client(port());
      for (int i = 0; i < 200; ++i) {
        const std::string text = std::to_string(t) + ":" + std::to_string(i);
        right += client.Ask("POST", "/echo", "", text).body == text;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 1600);
}

TEST_F(BasicServerTest, RefusesAPortThatIsTaken) {
  ServerSettings settings;
  settings.port = port();
  Server second(settings, Router(), cors_, callbacks_, pool_);
  EXPECT_THROW(second.Start(), Error);
}

}  // namespace
}  // namespace stemscribe::http
