// For tests: a redis-server on a private port.
#pragma once

#include <string>
#include <vector>

#include "jobs/test_server.h"
#include "queue/redis_settings.h"

namespace stemscribe::queue {

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
  const jobs::TestFolder& folder() const { return folder_; }

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

  jobs::TestFolder folder_;
  const int port_ = jobs::FreePort();
  jobs::TestServer server_;
};

}  // namespace stemscribe::queue
