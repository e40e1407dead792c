// For tests: a bucket of a real S3 server (versitygw, which tools/setup.sh test installs) on a
// private port.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "jobs/test_server.h"
#include "storage/s3/s3_settings.h"

namespace stemscribe::storage {

class S3TestServer {
 public:
  S3TestServer() {
    std::filesystem::create_directories(folder_.path() / "root" / "songs");  // a bucket
    std::filesystem::create_directories(folder_.path() / "metadata");
    server_.Start();
  }

  S3Settings Settings() const {
    S3Settings settings;
    settings.bucket = "songs";
    settings.prefix = "some/where";
    settings.endpoint = "http://127.0.0.1:" + std::to_string(port_);
    settings.signer = {.credentials = {"key", "secret", ""}, .region = "eu-west-1"};
    settings.spool_dir = folder_.path() / "spool";
    settings.part_bytes = 5 << 20;  // the least that S3 allows
    settings.read_bytes = 1 << 20;
    settings.first_pause = jobs::Milliseconds(1);
    settings.max_pause = jobs::Milliseconds(10);
    return settings;
  }
  jobs::TestServer& server() { return server_; }

 private:
  TestFolder folder_;
  const int port_ = jobs::FreePort();
  jobs::TestServer server_{
      {STEMSCRIBE_S3_SERVER, "--port", "127.0.0.1:" + std::to_string(port_), "--access", "key",
       "--secret", "secret", "--region", "eu-west-1", "--keep-alive", "posix", "--sidecar",
       (folder_.path() / "metadata").string(), (folder_.path() / "root").string()},
      port_};
};

}  // namespace stemscribe::storage
