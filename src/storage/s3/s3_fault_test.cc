// A bucket that fails, and what only buckets have.
#include <curl/curl.h>
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <thread>

#include "base/error.h"
#include "base/test_error.h"
#include "storage/s3/s3_store.h"
#include "storage/s3/s3_test_server.h"

namespace stemscribe::storage {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

void Write(jobs::BlobStore& store, const std::string& name, const std::string& text) {
  const auto writer = store.Create(name, 0);
  writer->Write(std::as_bytes(std::span(text)));
  writer->Commit();
}

/// Answers each connection with the next of some texts, whatever is asked.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = jobs::LocalAddress(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    EXPECT_EQ(listen(fd_.get(), 16), 0);
    thread_ = std::thread([this, answers = std::move(answers)] { Serve(answers); });
  }
  ~ScriptedServer() {
    shutdown(fd_.get(), SHUT_RDWR);
    thread_.join();
  }

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int num_requests() const { return num_requests_; }

 private:
  void Serve(const std::vector<std::string>& answers) {
    for (const std::string& answer : answers) {
      const jobs::UniqueFd client(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.is_open()) return;
      ++num_requests_;
      std::array<char, 4096> request{};
      if (recv(client.get(), request.data(), request.size(), 0) <= 0) continue;
      send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
      shutdown(client.get(), SHUT_WR);
      while (recv(client.get(), request.data(), request.size(), 0) > 0) {
      }
    }
  }

  jobs::UniqueFd fd_;
  int port_ = 0;
  std::atomic<int> num_requests_ = 0;
  std::thread thread_;
};

std::string Answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status +
         "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

class S3FaultTest : public testing::Test {
 protected:
  S3Settings Settings(const std::string& endpoint) const {
    S3Settings settings = server_.Settings();
    settings.endpoint = endpoint;
    return settings;
  }
  S3TestServer server_;
};

TEST_F(S3FaultTest, FaultsThatPassAreTriedAgain) {
  const std::string page = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
  ScriptedServer flaky({Answer("500 Internal Server Error", ""),
                        Answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>"),
                        "",                                                    // closes
                        "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhalf"  // breaks off
                        ,
                        Answer("200 OK", page)});
  S3Store store(Settings(flaky.endpoint()));
  EXPECT_THAT(store.List("jobs"), IsEmpty());
  EXPECT_EQ(flaky.num_requests(), 5);
}

TEST_F(S3FaultTest, FaultsThatStayAreToldByTheirKind) {
  const auto code = [&](const std::string& status, const std::string& body) {
    S3Settings settings;
    ScriptedServer broken(std::vector<std::string>(3, Answer(status, body)));
    settings = Settings(broken.endpoint());
    settings.max_tries = 3;
    S3Store store(settings);
    return CodeOf([&] { store.List("jobs"); });
  };
  EXPECT_EQ(code("500 Internal Server Error", ""), ErrorCode::kUnavailable);
  EXPECT_EQ(code("507 Insufficient Storage", ""), ErrorCode::kStorageLimitExceeded);
  EXPECT_EQ(code("403 Forbidden", "<Error><Code>QuotaExceeded</Code></Error>"),
            ErrorCode::kStorageLimitExceeded);
  EXPECT_EQ(code("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>"), ErrorCode::kIo);
  EXPECT_EQ(code("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>"),
            ErrorCode::kNotFound);
  EXPECT_EQ(code("200 OK", "no XML"), ErrorCode::kIo);
}

TEST_F(S3FaultTest, AFaultInTheBodyOfASuccessIsOne) {
  const std::string fault = "<Error><Code>InternalError</Code></Error>";
  const std::string page =
      "<ListBucketResult><Contents><Key>some/where/jobs/a/x</Key><Size>1</Size></Contents>"
      "</ListBucketResult>";
  ScriptedServer broken({Answer("200 OK", page), Answer("200 OK", fault)});
  S3Store store(Settings(broken.endpoint()));
  EXPECT_EQ(CodeOf([&] { store.MoveFolder("jobs/a", "jobs/b"); }), ErrorCode::kUnavailable);
}

TEST_F(S3FaultTest, AServerThatHangsIsGivenUp) {
  S3Settings settings = server_.Settings();
  settings.stall_timeout = std::chrono::seconds(1);
  settings.max_tries = 1;
  S3Store store(settings);
  store.CheckHealth();
  server_.server().Signal(SIGSTOP);
  EXPECT_EQ(CodeOf([&] { store.CheckHealth(); }), ErrorCode::kUnavailable);
  server_.server().Signal(SIGCONT);
  EXPECT_TRUE(Eventually([&] {
    try {
      store.CheckHealth();
      return true;
    } catch (const Error&) {
      return false;
    }
  }));
}

TEST_F(S3FaultTest, AServerThatDiesAndComesBackLosesNothing) {
  S3Store store(server_.Settings());
  Write(store, "jobs/a/x", "text");
  const auto writer = store.Create("jobs/a/y", 0);
  writer->Write(std::vector<std::byte>(6 << 20));
  server_.server().Kill();
  EXPECT_EQ(CodeOf([&] { store.Stat("jobs/a/x"); }), ErrorCode::kUnavailable);
  ASSERT_TRUE(server_.server().Start());
  EXPECT_EQ(store.Stat("jobs/a/x")->bytes, 4);
  EXPECT_THAT(store.List("jobs"), SizeIs(1));
}

TEST_F(S3FaultTest, AWrongKeyIsNotTriedAgain) {
  S3Settings settings = server_.Settings();
  settings.signer.credentials.secret_access_key = "wrong";
  S3Store store(settings);
  EXPECT_EQ(CodeOf([&] { store.List("jobs"); }), ErrorCode::kIo);
}

TEST_F(S3FaultTest, UploadsThatNobodyFinishesAreSwept) {
  S3Store store(server_.Settings());
  S3Client client(server_.Settings());
  client.CreateUpload("some/where/jobs/a/lost");
  const jobs::Milliseconds past_now(-2000);
  EXPECT_THAT(store.SweepTemporary(past_now, std::chrono::hours(1), /*dry_run=*/false), IsEmpty())
      << "young";
  for (const bool dry_run : {true, false}) {
    EXPECT_THAT(store.SweepTemporary(std::chrono::hours(1), past_now, dry_run), SizeIs(1));
  }
  EXPECT_THAT(client.PendingUploads("some/where/"), IsEmpty());
}

TEST_F(S3FaultTest, LongListsComeInPages) {
  S3Store store(server_.Settings());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&store, i] {
        for (int k = 0; k < 255; ++k) {
          Write(store, "jobs/" + std::to_string(i * 1000 + k) + "/x", "1");
        }
      });
    }
  }
  EXPECT_THAT(store.List("jobs"), SizeIs(1020));
  EXPECT_THAT(store.ListFolders("jobs"), SizeIs(1020));
  EXPECT_EQ(store.DeletePrefix("jobs"), 1020);
  EXPECT_THAT(store.List("jobs"), IsEmpty());
}

size_t Append(char* data, size_t size, size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

TEST_F(S3FaultTest, APresignedUrlGivesTheBlobAsItShouldBeNamed) {
  S3Settings settings = server_.Settings();
  S3Store proxy(settings);
  settings.redirect_downloads = true;
  S3Store store(settings);
  const std::string name = "jobs/a/separated/vocals & more.mp3";
  Write(store, name, "sound");
  EXPECT_FALSE(proxy.DownloadUrl(name, {}));
  const std::string url =
      *store.DownloadUrl(name, {.content_type = "audio/mpeg",
                                .content_disposition = "attachment; filename=\"My Song.mp3\""});
  const auto fetch = [](const std::string& from, std::string& headers) {
    std::string text;
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                   curl_easy_cleanup);
    curl_easy_setopt(easy.get(), CURLOPT_URL, from.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, Append);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, Append);
    curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &headers);
    curl_easy_perform(easy.get());
    return text;
  };
  std::string headers;
  EXPECT_EQ(fetch(url, headers), "sound");
  EXPECT_NE(headers.find("audio/mpeg"), std::string::npos) << headers;
  EXPECT_NE(headers.find("filename=\"My Song.mp3\""), std::string::npos) << headers;
  std::string refused;
  EXPECT_NE(fetch(url + "0", refused), "sound") << "a signature that was changed";
  EXPECT_NE(refused.find("403"), std::string::npos);
}

}  // namespace
}  // namespace stemscribe::storage
