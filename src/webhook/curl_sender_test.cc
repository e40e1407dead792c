#include "webhook/curl_sender.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "base/error.h"
#include "jobs/unique_fd.h"

namespace stemscribe::webhook {
namespace {

using testing::HasSubstr;

bool IsPublic(const std::string& text) {
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    return IsPublicAddress(reinterpret_cast<const sockaddr&>(v6));
  }
  sockaddr_in v4{};
  EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &v4.sin_addr), 1) << text;
  v4.sin_family = AF_INET;
  return IsPublicAddress(reinterpret_cast<const sockaddr&>(v4));
}

/// An HTTP server for one request.
class OneShotServer {
 public:
  explicit OneShotServer(std::string answer) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] { Serve(answer); });
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }

  /// Waits for the request.
  std::string Finish() {
    shutdown(listener_.get(), SHUT_RDWR);  // in case nobody came
    if (thread_.joinable()) thread_.join();
    return request_;
  }

 private:
  void Serve(const std::string& answer) {
    const jobs::UniqueFd client(accept(listener_.get(), nullptr, nullptr));
    std::array<char, 4096> block{};
    while (client.is_open() && request_.find("}") == std::string::npos) {
      const ssize_t count = read(client.get(), block.data(), block.size());
      if (count <= 0) return;
      request_.append(block.data(), static_cast<size_t>(count));
    }
    [[maybe_unused]] const ssize_t ignored = write(client.get(), answer.data(), answer.size());
  }

  jobs::UniqueFd listener_;
  int port_ = 0;
  std::string request_;
  std::thread thread_;
};

TEST(CurlSenderTest, OnlyAddressesOfTheInternetArePublic) {
  for (const char* address : {"8.8.8.8", "1.1.1.1", "172.32.0.1", "192.169.0.1", "223.255.255.255",
                              "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(IsPublic(address)) << address;
  }
  for (const char* address : {"127.0.0.1",
                              "127.255.255.254",
                              "0.0.0.0",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "198.18.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::1",
                              "::",
                              "fe80::1",
                              "fc00::1",
                              "fd12:3456::1",
                              "ff02::1",
                              "2001:db8::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "2002:7f00:1::",
                              "2001:0:1::1"}) {
    EXPECT_FALSE(IsPublic(address)) << address;
  }
}

TEST(CurlSenderTest, UrlsThatAreNeverCalledAreRefusedByField) {
  const CurlSender sender;
  EXPECT_NO_THROW(sender.CheckUrl("https://example.org/hook?x=1"));
  EXPECT_NO_THROW(sender.CheckUrl("http://93.184.216.34:8080/"));
  for (const char* url :
       {"", "example.org", "ftp://example.org/", "file:///etc/passwd",
        "https://user:pw@example.org/", "http://localhost/", "http://127.0.0.1/", "http://[::1]/",
        "http://10.0.0.1/", "http://2130706433/", "http://0x7f.1/",
        "http://169.254.169.254/latest/meta-data", "gopher://example.org", "http://"}) {
    try {
      sender.CheckUrl(url);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      ASSERT_EQ(error.details().size(), 1u);
      EXPECT_EQ(error.details()[0].field, "callback_url");
    }
  }
  EXPECT_NO_THROW(CurlSender({.allow_private = true}).CheckUrl("http://localhost:1/"));
}

TEST(CurlSenderTest, PostsBodyAndHeaders) {
  OneShotServer server("HTTP/1.1 204 No Content\r\n\r\n");
  CurlSender sender({.allow_private = true});
  const jobs::WebhookResponse response = sender.Send(
      {.url = server.url(), .headers = {"Stemscribe-Event: job.failed"}, .body = R"({"a":1})"});
  EXPECT_EQ(response.status, 204) << response.error;
  const std::string request = server.Finish();
  EXPECT_THAT(request, HasSubstr("POST /hook HTTP/1.1"));
  EXPECT_THAT(request, HasSubstr("Stemscribe-Event: job.failed"));
  EXPECT_THAT(request, HasSubstr("\r\n\r\n{\"a\":1}"));
}

TEST(CurlSenderTest, ConnectsToNoPrivateAddress) {
  OneShotServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CurlSender sender;
  const jobs::WebhookResponse response =
      sender.Send({.url = server.url(), .headers = {}, .body = "{}"});
  EXPECT_EQ(response.status, 0);
  EXPECT_FALSE(response.error.empty());
  EXPECT_EQ(server.Finish(), "") << "not one byte arrived";
}

TEST(CurlSenderTest, RedirectsAreNotFollowed) {
  OneShotServer target("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  OneShotServer server("HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: " +
                       target.url() + "\r\n\r\n");
  CurlSender sender({.allow_private = true});
  EXPECT_EQ(sender.Send({.url = server.url(), .headers = {}, .body = "{}"}).status, 307);
  server.Finish();
  EXPECT_EQ(target.Finish(), "");
}

TEST(CurlSenderTest, AServerThatIsNotThereIsAnError) {
  std::string url;
  {
    OneShotServer gone("");
    url = gone.url();
    gone.Finish();
  }
  CurlSender sender({.allow_private = true});
  const jobs::WebhookResponse response = sender.Send({.url = url, .headers = {}, .body = "{}"});
  EXPECT_EQ(response.status, 0);
  EXPECT_FALSE(response.error.empty());
}

}  // namespace
}  // namespace stemscribe::webhook
