// Encrypted connections, with certificates made here.
#include "http/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/test_folder.h"
#include "http/serve_file.h"
#include "http/test_client.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// Writes a key and a certificate of `name` that signs itself.
void MakeCertificate(const TlsSettings& files, const std::string& name) {
  const std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::shared_ptr<X509> certificate(X509_new(), &X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  std::FILE* file = std::fopen(files.certificate.c_str(), "w");
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
  file = std::fopen(files.key.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

/// A blocking client that trusts everybody.
class TlsClient {
 public:
  struct Options {
    int min_version = TLS1_2_VERSION;
    int max_version = TLS1_3_VERSION;
    std::string protocols = std::string("\x08http/1.1");
  };

  explicit TlsClient(uint16_t port) : TlsClient(port, Options()) {}
  TlsClient(uint16_t port, const Options& options)
      : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);  // so that it may offer what is too old
    SSL_CTX_set_min_proto_version(context_.get(), options.min_version);
    SSL_CTX_set_max_proto_version(context_.get(), options.max_version);
    SSL_CTX_set_alpn_protos(context_.get(),
                            reinterpret_cast<const unsigned char*>(options.protocols.data()),
                            static_cast<unsigned>(options.protocols.size()));
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    ssl_.reset(SSL_new(context_.get()), &SSL_free);
    SSL_set_fd(ssl_.get(), fd_);
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  ~TlsClient() {
    ssl_.reset();
    ::close(fd_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const { return connected_; }

  std::string server_name() const {
    const std::shared_ptr<X509> certificate(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
  }

  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }

  std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }

  void Send(std::string_view text) {
    ASSERT_EQ(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }

  /// Up to and with `end`, or all until the server closes.
  std::string ReadUntil(std::string_view end) {
    size_t found;
    while ((found = buffer_.find(end)) == std::string::npos) {
      std::array<char, 16384> block;
      const int count = SSL_read(ssl_.get(), block.data(), static_cast<int>(block.size()));
      if (count <= 0) {
        was_closed_ = SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
        return std::exchange(buffer_, {});
      }
      buffer_.append(block.data(), static_cast<size_t>(count));
    }
    std::string taken = buffer_.substr(0, found + end.size());
    buffer_.erase(0, taken.size());
    return taken;
  }
  /// Whether the end was the server's word, and not a cut.
  bool was_closed() const { return was_closed_; }

  std::string Get(std::string_view path) {
    Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n\r\n");
    ReadUntil("\r\n\r\n");
    return ReadUntil("!");
  }

 private:
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  int fd_ = -1;
  bool connected_ = false;
  bool was_closed_ = false;
  std::string buffer_;
};

class TlsTest : public ServerTest {
 protected:
  TlsTest() {
    files_ = {.certificate = folder_ / "certificate.pem", .key = folder_ / "key.pem"};
    MakeCertificate(files_, "first");
    router_.Add(Method::kGet, "/hello", [](Request& request) -> asio::awaitable<Response> {
      co_return Response::Text(200, request.is_tls() ? "secret!" : "plain!");
    });
    router_.Add(Method::kPost, "/length", [](Request& request) -> asio::awaitable<Response> {
      const std::string body = co_await request.ReadAll(1 << 24);
      co_return Response::Text(200, std::to_string(body.size()) + "!");
    });
    router_.Add(Method::kGet, "/file", [this](Request& request) -> asio::awaitable<Response> {
      co_return co_await ServeFile(request, folder_ / "file", FileOptions(), pool_);
    });
  }

  void StartTls() {
    settings_.max_body_bytes = 1 << 24;
    tls_ = std::make_shared<TlsContext>(files_);
    server_.emplace(settings_, std::move(router_), cors_, callbacks_, pool_, tls_);
    server_->Start();
  }

  const TestFolder folder_;
  TlsSettings files_;
  std::shared_ptr<TlsContext> tls_;
};

TEST_F(TlsTest, AnswersSeveralRequestsOnAConnection) {
  StartTls();
  TlsClient client(port());
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.protocol(), "http/1.1");
  EXPECT_EQ(client.Get("/hello"), "secret!");
  EXPECT_EQ(client.Get("/hello"), "secret!");
  // Both in one record: the second is read when the socket has nothing left.
  const std::string request = "GET /hello HTTP/1.1\r\nHost: t\r\n\r\n";
  client.Send(request + request);
  for (int i = 0; i < 2; ++i) {
    client.ReadUntil("\r\n\r\n");
    EXPECT_EQ(client.ReadUntil("!"), "secret!");
  }
}

TEST_F(TlsTest, MoreThanTheInputTakesInOneRecord) {
  settings_.max_header_bytes = 256;
  StartTls();
  TlsClient client(port());
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += "GET /hello HTTP/1.1\r\nHost: t\r\n\r\n";
  client.Send(requests);
  for (int i = 0; i < 100; ++i) {
    client.ReadUntil("\r\n\r\n");
    ASSERT_EQ(client.ReadUntil("!"), "secret!") << i;
  }
}

TEST_F(TlsTest, SendsFilesAndTakesLargeBodies) {
  std::string content(5'000'000, 'x');
  for (size_t i = 0; i < content.size(); i += 7) content[i] = static_cast<char>('a' + i % 26);
  content += '!';
  std::ofstream(folder_ / "file") << content;
  StartTls();
  TlsClient client(port());
  EXPECT_EQ(client.Get("/file"), content);
  client.Send("POST /length HTTP/1.1\r\nHost: t\r\nContent-Length: 5000001\r\n\r\n" + content);
  client.ReadUntil("\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("!"), "5000001!");
}

TEST_F(TlsTest, SaysThatItEnds) {
  settings_.requests_per_connection = 1;
  StartTls();
  TlsClient client(port());
  EXPECT_EQ(client.Get("/hello"), "secret!");
  EXPECT_EQ(client.ReadUntil("more"), "");
  EXPECT_TRUE(client.was_closed());
}

TEST_F(TlsTest, RefusesWhatIsOldOrStrange) {
  StartTls();
  EXPECT_FALSE(
      TlsClient(port(), {.min_version = TLS1_VERSION, .max_version = TLS1_1_VERSION}).connected());
  EXPECT_FALSE(TlsClient(port(), {.protocols = std::string("\x02h2")}).connected());
  const TlsClient old(port(), {.max_version = TLS1_2_VERSION});
  EXPECT_TRUE(old.connected());
  EXPECT_TRUE(old.cipher().starts_with("ECDHE-")) << old.cipher();
  TlsClient both(port(), {.protocols = std::string("\x02h2\x08http/1.1")});
  EXPECT_EQ(both.protocol(), "http/1.1");
  TestClient plain(port());
  EXPECT_EQ(plain.Get("/hello").status, 0);
}

TEST_F(TlsTest, TheLeastVersionMayBeRaised) {
  files_.min_version = "1.3";
  StartTls();
  EXPECT_FALSE(TlsClient(port(), {.max_version = TLS1_2_VERSION}).connected());
  EXPECT_TRUE(TlsClient(port()).connected());
}

TEST_F(TlsTest, ReloadsForNewConnections) {
  StartTls();
  TlsClient before(port());
  EXPECT_EQ(before.server_name(), "first");
  MakeCertificate(files_, "second");
  tls_->Reload();
  EXPECT_EQ(TlsClient(port()).server_name(), "second");
  EXPECT_EQ(before.Get("/hello"), "secret!");

  std::ofstream(files_.key) << "nonsense";
  EXPECT_THROW(tls_->Reload(), Error);
  TlsClient after(port());
  EXPECT_EQ(after.server_name(), "second");
  EXPECT_EQ(after.Get("/hello"), "secret!");
}

TEST_F(TlsTest, SilentHandshakesEnd) {
  settings_.header_timeout = std::chrono::milliseconds(50);
  StartTls();
  TestClient silent(port());
  EXPECT_TRUE(silent.AtEnd());
}

TEST_F(TlsTest, WrongFilesAreNamed) {
  const auto wrong_field = [](const TlsSettings& settings) -> std::string {
    try {
      TlsContext context(settings);
    } catch (const Error& error) {
      return error.details().at(0).field;
    }
    return "none";
  };
  EXPECT_EQ(wrong_field(files_), "none");
  EXPECT_EQ(wrong_field({.certificate = folder_ / "no", .key = files_.key}), "TLS_CERTIFICATE");
  EXPECT_EQ(wrong_field({.certificate = files_.certificate, .key = files_.certificate}), "TLS_KEY");
  const TlsSettings other{.certificate = folder_ / "other.pem", .key = folder_ / "other-key.pem"};
  MakeCertificate(other, "other");
  EXPECT_EQ(wrong_field({.certificate = files_.certificate, .key = other.key}), "TLS_KEY");
}

}  // namespace
}  // namespace stemscribe::http
