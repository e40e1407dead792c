// Requests whose end somebody else, such as a proxy, might see elsewhere than we.
#include <boost/asio/awaitable.hpp>

#include "http/test_client.h"

namespace stemscribe::http {
namespace {

class SmugglingTest : public ServerTest {
 protected:
  SmugglingTest() {
    router_.Add(Method::kPost, "/echo", [](Request& request) -> boost::asio::awaitable<Response> {
      std::string body = co_await request.ReadAll(1 << 20);
      co_return Response::Text(200, std::move(body));
    });
    router_.Add(Method::kGet, "/hello", [](Request&) -> boost::asio::awaitable<Response> {
      co_return Response::Text(200, "hello");
    });
    Start();
  }

  int StatusOf(std::string_view raw_request) {
    TestClient client(port());
    client.Send(raw_request);
    return client.ReadResponse().status;
  }
};

TEST_F(SmugglingTest, RefusesWhatCouldSmuggleARequest) {
  const std::string post = "POST /echo HTTP/1.1\r\nHost: t\r\n";
  const std::string chunks = "\r\n3\r\nabc\r\n0\r\n\r\n";
  EXPECT_EQ(StatusOf(post + "Transfer-Encoding: chunked\r\n" + chunks), 200);
  EXPECT_EQ(StatusOf(post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" + chunks), 400);
  EXPECT_EQ(StatusOf(post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n" + chunks), 400);
  EXPECT_EQ(StatusOf(post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400);
  EXPECT_EQ(StatusOf(post + "Content-Length: 3, 3\r\n\r\nabc"), 400);
  EXPECT_EQ(StatusOf(post + "Content-Length: +3\r\n\r\nabc"), 400);
  EXPECT_EQ(StatusOf(post + "Content-Length: -1\r\n\r\nabc"), 400);
  EXPECT_EQ(StatusOf(post + "Content-Length: 99999999999999999999\r\n\r\nabc"), 400);
  EXPECT_EQ(StatusOf(post + "Transfer-Encoding: gzip, chunked\r\n" + chunks), 501);
  EXPECT_EQ(
      StatusOf(post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + chunks),
      400);
  EXPECT_EQ(StatusOf("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + chunks), 400);
  for (const char* bad :
       {"\r\nx\r\nabc\r\n0\r\n\r\n", "\r\n-3\r\nabc\r\n0\r\n\r\n", "\r\n3\r\nabcd\r\n0\r\n\r\n",
        "\r\nFFFFFFFFFFFFFFFFF\r\nabc", "\r\n3\nabc\r\n0\r\n\r\n", "\r\n0x3\r\nabc\r\n0\r\n\r\n"}) {
    EXPECT_EQ(StatusOf(post + "Transfer-Encoding: chunked\r\n" + bad), 400) << bad;
  }
}

TEST_F(SmugglingTest, NobodyElseCanReadABodyWhereWeReadNone) {
  const std::string post = "POST /echo HTTP/1.1\r\nHost: t\r\n";
  const std::string chunks = "\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (const std::string_view header : {"Transfer-Encoding: xchunked",
                                        "Transfer-Encoding: chunked, identity",
                                        "Transfer-Encoding: identity",
                                        "Transfer-Encoding:",
                                        "Transfer-Encoding: \"chunked\"",
                                        "Transfer-Encoding: chunked;q=1",
                                        "Transfer-Encoding: \vchunked",
                                        "Transfer-Encoding : chunked",
                                        "Transfer-Encoding\t: chunked",
                                        " Transfer-Encoding: chunked",
                                        "X: y\nTransfer-Encoding: chunked",
                                        "X: y\rTransfer-Encoding: chunked",
                                        "Transfer_Encoding: chunked\r\nTransfer-Encoding: x",
                                        "Content-Length : 3",
                                        "Content-Length: 0x3",
                                        "Content-Length: 3 3",
                                        "Content-Length: \"3\"",
                                        "Content-Length: 3;",
                                        "Content-Length:",
                                        "Content-Length: 3.0",
                                        "Content-Length: 3\r\ncontent-length: 3",
                                        "Content-Length: \v3"}) {
    const int status = StatusOf(post + std::string(header) + chunks);
    EXPECT_TRUE(status == 400 || status == 501) << header << " " << status;
  }
  EXPECT_EQ(StatusOf(post + std::string("Transfer-Encoding\0: chunked", 27) + chunks), 400);
}

TEST_F(SmugglingTest, NothingComesInByTrailers) {
  for (const char* trailer : {"X: y", "Host: evil", "Content-Length: 3", "X-API-Key: k"}) {
    TestClient client(port());
    client.Send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" +
                std::string(trailer) + "\r\n\r\nGET /hello HTTP/1.1\r\nHost: t\r\n\r\n");
    const ClientResponse first = client.ReadResponse();
    ASSERT_TRUE(first.status == 200 || first.status == 400) << trailer;
    if (first.status == 400) continue;
    EXPECT_EQ(client.ReadResponse().body, "hello") << trailer;
  }
  std::string endless = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  for (int i = 0; i < 20'000; ++i) endless += "X: y\r\n";
  EXPECT_EQ(StatusOf(endless), 400);
}

}  // namespace
}  // namespace stemscribe::http
