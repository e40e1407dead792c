// Files over a real connection: ranges, preconditions, names, compressed files.
#include "http/serve_file.h"

#include <filesystem>
#include <fstream>

#include "base/test_folder.h"
#include "http/compression.h"
#include "http/test_client.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

class ServeFileTest : public ServerTest {
 protected:
  ServeFileTest() {
    for (size_t i = 0; i < 3'000'000; ++i) content_.push_back(static_cast<char>((i * 7919) >> 5));
    Write("song.mp3", content_);
    Write("frames.json.gz", Gzip(content_));
    Write("empty", "");
    Write("broken.gz", Gzip(content_).substr(0, 1000));
    router_.Add(Method::kGet, "/files/{name}",
                [this](Request& request) -> asio::awaitable<Response> {
                  FileOptions options;
                  options.content_type = "audio/mpeg";
                  options.cache_control = "private, max-age=31536000, immutable";
                  options.download_name = "Stück.mp3";
                  if (!request.query().Has("plain")) options.etag = "\"tag\"";
                  co_return co_await ServeFile(request, folder_ / request.path_param("name"),
                                               options, pool_);
                });
    router_.Add(Method::kGet, "/gzip/{name}",
                [this](Request& request) -> asio::awaitable<Response> {
                  FileOptions options;
                  options.content_type = "application/json";
                  co_return co_await ServeGzipFile(request, folder_ / request.path_param("name"),
                                                   options, pool_);
                });
    Start();
  }
  ~ServeFileTest() override { server_->Stop(); }

  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }

  const TestFolder folder_;
  std::string content_;
};

TEST_F(ServeFileTest, SendsAWholeFile) {
  TestClient client(port());
  const ClientResponse response = client.Get("/files/song.mp3");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, content_);
  EXPECT_EQ(response.Header("ETag"), "\"tag\"");
  EXPECT_EQ(response.Header("Accept-Ranges"), "bytes");
  EXPECT_EQ(response.Header("Content-Type"), "audio/mpeg");
  EXPECT_EQ(response.Header("Cache-Control"), "private, max-age=31536000, immutable");
  EXPECT_EQ(response.Header("Content-Disposition"),
            "attachment; filename=\"St_ck.mp3\"; filename*=UTF-8''St%C3%BCck.mp3");
  EXPECT_TRUE(response.Header("Last-Modified").ends_with("GMT"));
  EXPECT_EQ(client.Get("/files/empty").Header("Content-Length"), "0");
  EXPECT_EQ(client.Get("/files/none").status, 404);
  EXPECT_EQ(client.Get("/files/.").status, 404);  // a folder
}

TEST_F(ServeFileTest, HeadSendsNoBody) {
  TestClient client(port());
  const ClientResponse response = client.Ask("HEAD", "/files/song.mp3", "Range: bytes=0-1\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("Content-Length"), std::to_string(content_.size()));
  EXPECT_EQ(client.Get("/files/empty").status, 200);
}

TEST_F(ServeFileTest, SendsARange) {
  TestClient client(port());
  const ClientResponse first = client.Get("/files/song.mp3", "Range: bytes=10-19\r\n");
  EXPECT_EQ(first.status, 206);
  EXPECT_EQ(first.body, content_.substr(10, 10));
  EXPECT_EQ(first.Header("Content-Range"), "bytes 10-19/3000000");
  EXPECT_EQ(client.Get("/files/song.mp3", "Range: bytes=-5\r\n").body,
            content_.substr(content_.size() - 5));
  EXPECT_EQ(client.Get("/files/song.mp3", "Range: bytes=1500000-\r\n").body,
            content_.substr(1'500'000));
  EXPECT_EQ(client.Get("/files/song.mp3", "Range: nonsense\r\n").status, 200);
}

TEST_F(ServeFileTest, SendsSeveralRangesAsParts) {
  TestClient client(port());
  const ClientResponse response = client.Get("/files/song.mp3", "Range: bytes=0-4,100-104,-3\r\n");
  EXPECT_EQ(response.status, 206);
  const std::string type = response.Header("Content-Type");
  const std::string prefix = "multipart/byteranges; boundary=";
  ASSERT_TRUE(type.starts_with(prefix));
  const std::string line = "\r\n--" + type.substr(prefix.size());
  auto part = [&](const std::string& range, const std::string& data) {
    return line + "\r\nContent-Type: audio/mpeg\r\nContent-Range: bytes " + range +
           "/3000000\r\n\r\n" + data;
  };
  EXPECT_EQ(response.body,
            part("0-4", content_.substr(0, 5)) + part("100-104", content_.substr(100, 5)) +
                part("2999997-2999999", content_.substr(2'999'997)) + line + "--\r\n");
}

TEST_F(ServeFileTest, RefusesARangeBehindTheEnd) {
  TestClient client(port());
  const ClientResponse response = client.Get("/files/song.mp3", "Range: bytes=3000000-\r\n");
  EXPECT_EQ(response.status, 416);
  EXPECT_EQ(response.Header("Content-Range"), "bytes */3000000");
}

TEST_F(ServeFileTest, IfRangeDecides) {
  TestClient client(port());
  const std::string range = "Range: bytes=0-1\r\n";
  const std::string date = client.Ask("HEAD", "/files/song.mp3").Header("Last-Modified");
  EXPECT_EQ(client.Get("/files/song.mp3", range + "If-Range: \"tag\"\r\n").status, 206);
  EXPECT_EQ(client.Get("/files/song.mp3", range + "If-Range: \"other\"\r\n").status, 200);
  EXPECT_EQ(client.Get("/files/song.mp3", range + "If-Range: W/\"tag\"\r\n").status, 200);
  EXPECT_EQ(client.Get("/files/song.mp3", range + "If-Range: " + date + "\r\n").status, 206);
  EXPECT_EQ(
      client.Get("/files/song.mp3", range + "If-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n").status,
      200);
}

TEST_F(ServeFileTest, KnowsWhatTheClientHas) {
  TestClient client(port());
  const ClientResponse same = client.Get("/files/song.mp3", "If-None-Match: \"x\", W/\"tag\"\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.Header("ETag"), "\"tag\"");
  EXPECT_EQ(same.Header("Content-Length"), "");
  const std::string date = client.Ask("HEAD", "/files/song.mp3").Header("Last-Modified");
  EXPECT_EQ(client.Get("/files/song.mp3", "If-Modified-Since: " + date + "\r\n").status, 304);
  EXPECT_EQ(client.Get("/files/song.mp3", "If-Match: \"other\"\r\n").status, 412);
  const std::string made = client.Get("/files/song.mp3?plain").Header("ETag");
  EXPECT_EQ(client.Get("/files/song.mp3?plain", "If-None-Match: " + made + "\r\n").status, 304);
}

TEST_F(ServeFileTest, SendsGzipFilesBothWays) {
  TestClient client(port());
  const ClientResponse packed = client.Get("/gzip/frames.json.gz", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(packed.Header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.body, Gzip(content_));
  EXPECT_EQ(packed.Header("Vary"), "Accept-Encoding");
  const ClientResponse plain = client.Get("/gzip/frames.json.gz");
  EXPECT_EQ(plain.Header("Content-Encoding"), "");
  EXPECT_EQ(plain.Header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(plain.body, content_);
  EXPECT_NE(plain.Header("ETag"), packed.Header("ETag"));
  const std::string condition = "If-None-Match: " + plain.Header("ETag") + "\r\n";
  EXPECT_EQ(client.Get("/gzip/frames.json.gz", condition).status, 304);
}

TEST_F(ServeFileTest, ABrokenGzipFileIsNotTakenForAWholeOne) {
  TestClient client(port());
  client.Get("/gzip/broken.gz");
  EXPECT_FALSE(client.chunks_complete());
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ServeFileTest, Http10GetsAStreamUpToTheEnd) {
  TestClient client(port());
  client.Send("GET /gzip/frames.json.gz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const ClientResponse response = client.ReadResponse();
  EXPECT_EQ(response.Header("Connection"), "close");
  EXPECT_EQ(response.body, content_);
}

}  // namespace
}  // namespace stemscribe::http
