// stemscribed serve: the API, and the jobs where no workers of their own do them.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "api/context.h"
#include "app/service/core.h"
#include "http/server.h"
#include "http/tls.h"

namespace stemscribe::app {

/// Where files installed beside the programs are ("swagger-ui", "models"); empty if they are not.
std::filesystem::path SharedFolder(const std::string& name);

/// Owns all parts. Made, run and destroyed by main.
class Service {
 public:
  /// Throws as Core.
  explicit Service(const config::Settings& settings);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Serves and works until a stop is requested; then drains. Prints the address once it listens.
  void Run(const std::stop_token& stop);

  /// Reads the certificate again, for connections from now on. Thread-safe; what goes wrong is
  /// logged.
  void Reload();

 private:
  http::CorsPolicy ToCorsPolicy() const;
  http::ServerCallbacks MakeCallbacks();
  void LogAccess(const http::AccessRecord& record);

  Core core_;
  api::Metrics metrics_;
  std::unique_ptr<auth::KeyRepository> keys_;  // null without AUTH
  std::optional<auth::Authenticator> authenticator_;
  const std::unique_ptr<auth::RateLimiter> limiter_;
  api::Limits limits_;
  const std::shared_ptr<http::TlsContext> tls_;  // null: plain HTTP
  jobs::Prober prober_;
  http::BlockingPool pool_;
  http::BlockingPool slow_pool_;
  std::atomic<bool> draining_ = false;
  api::ApiContext context_;
};

}  // namespace stemscribe::app
