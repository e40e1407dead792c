// Bytes that are no file, over a real connection.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>

#include "http/serve_file.h"
#include "http/test_client.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;

class ServeSourceTest : public ServerTest {
 protected:
  ServeSourceTest() {
    for (size_t i = 0; i < 1'000'000; ++i) content_.push_back(static_cast<char>((i * 7919) >> 5));
    router_.Add(
        Method::kGet, "/blobs/{name}", [this](Request& request) -> asio::awaitable<Response> {
          FileOptions options;
          options.content_type = "audio/mpeg";
          options.etag = "\"tag\"";
          const bool is_empty = request.path_param("name") == "empty";
          ByteSource source{
              .size_bytes = is_empty ? 0 : content_.size(),
              .last_modified = std::chrono::sys_seconds(),
              .open = [this, name = request.path_param("name")](uint64_t first, uint64_t count) {
                return Open(name, first, count);
              }};
          co_return co_await ServeSource(request, std::move(source), options, pool_);
        });
    Start();
  }
  ~ServeSourceTest() override { server_->Stop(); }

  ByteSource::Reader Open(const std::string& name, uint64_t first, uint64_t count) {
    ++num_opened_;
    if (name == "gone") throw Error(ErrorCode::kNotFound, "gone");
    return [this, name, at = first, end = first + count](std::span<std::byte> out) mutable {
      if (name == "broken" && at > 0) throw Error(ErrorCode::kIo, "broken");
      const size_t got = std::min<size_t>({out.size(), end - at, 300'000});
      std::memcpy(out.data(), content_.data() + at, got);
      at += got;
      return got;
    };
  }

  std::string content_;
  std::atomic<int> num_opened_ = 0;
};

TEST_F(ServeSourceTest, SendsTheWhole) {
  TestClient client(port());
  const ClientResponse response = client.Get("/blobs/song");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body == content_);
  EXPECT_EQ(response.Header("Content-Length"), "1000000");
  EXPECT_EQ(response.Header("ETag"), "\"tag\"");
  EXPECT_EQ(response.Header("Accept-Ranges"), "bytes");
  EXPECT_EQ(client.Get("/blobs/empty").Header("Content-Length"), "0");
  EXPECT_EQ(client.Get("/blobs/gone").status, 404);
}

TEST_F(ServeSourceTest, SendsOneRange) {
  TestClient client(port());
  const ClientResponse middle = client.Get("/blobs/song", "Range: bytes=500000-999998\r\n");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.Header("Content-Range"), "bytes 500000-999998/1000000");
  EXPECT_TRUE(middle.body == content_.substr(500'000, 499'999));
  EXPECT_TRUE(client.Get("/blobs/song", "Range: bytes=-5\r\n").body == content_.substr(999'995));
  const ClientResponse behind = client.Get("/blobs/song", "Range: bytes=1000000-\r\n");
  EXPECT_EQ(behind.status, 416);
  EXPECT_EQ(behind.Header("Content-Range"), "bytes */1000000");
  const ClientResponse two = client.Get("/blobs/song", "Range: bytes=0-1,5-6\r\n");
  EXPECT_EQ(two.status, 200) << "allowed by RFC 9110, 14.2";
  EXPECT_EQ(two.body.size(), content_.size());
  const ClientResponse other =
      client.Get("/blobs/song", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n");
  EXPECT_EQ(other.status, 200);
}

TEST_F(ServeSourceTest, WhatTheClientHasIsNotRead) {
  TestClient client(port());
  EXPECT_EQ(client.Get("/blobs/song", "If-None-Match: \"tag\"\r\n").status, 304);
  const ClientResponse head = client.Ask("HEAD", "/blobs/song");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("Content-Length"), "1000000");
  EXPECT_EQ(num_opened_, 0);
}

TEST_F(ServeSourceTest, AReadThatFailsCutsTheConnection) {
  TestClient client(port());
  const ClientResponse response = client.Get("/blobs/broken");
  EXPECT_EQ(response.Header("Content-Length"), "1000000");
  EXPECT_LT(response.body.size(), content_.size());
  EXPECT_TRUE(client.AtEnd());
}

}  // namespace
}  // namespace stemscribe::http
