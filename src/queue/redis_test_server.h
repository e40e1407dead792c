// For tests: a redis-server on a private port.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "jobs/test_server.h"
#include "queue/redis_settings.h"

namespace stemscribe::queue {

/// A certificate for 127.0.0.1 that nobody but itself signed, and its key.
struct TestCertificate {
  explicit TestCertificate(const TestFolder& folder)
      : file((folder.path() / "cert.pem").string()), key((folder.path() / "key.pem").string()) {
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout " +
        key + " -out " + file + " 2>/dev/null";
    if (std::system(make.c_str()) != 0) throw std::runtime_error("openssl makes no certificate");
  }

  const std::string file, key;
};

class RedisTestServer {
 public:
  explicit RedisTestServer(const std::vector<std::string>& options = {})
      : server_(Command(options), port_) {
    server_.Start();
  }

  std::string Url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  RedisSettings Settings() const {
    RedisSettings settings = RedisSettingsFrom(Url());
    settings.timeout = std::chrono::seconds(2);
    return settings;
  }
  int port() const { return port_; }
  jobs::TestServer& server() { return server_; }
  const TestFolder& folder() const { return folder_; }

 private:
  std::vector<std::string> Command(const std::vector<std::string>& options) const {
    std::vector<std::string> command = {"redis-server",
                                        "--port",
                                        std::to_string(port_),
                                        "--bind",
                                        "127.0.0.1",
                                        "--save",
                                        "",
                                        "--dir",
                                        folder_.path().string()};
    command.insert(command.end(), options.begin(), options.end());
    return command;
  }

  TestFolder folder_;
  const int port_ = jobs::FreePort();
  jobs::TestServer server_;
};

}  // namespace stemscribe::queue
