// The settings of the service: typed, checked once at start, then passed on through constructors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace stemscribe::config {

struct ServerSettings {
  std::string host = "0.0.0.0";
  int port = 8000;
  int num_threads = 4;
  int max_connections = 4096;
  int max_connections_per_address = 0;  // 0: max_connections
  int requests_per_connection = 10'000;
  int max_header_kb = 16;
  int max_header_fields = 100;
  double header_timeout_sec = 10;
  double body_timeout_sec = 30;
  double idle_timeout_sec = 75;
  double write_timeout_sec = 30;
  double shed_after_sec = 2;  // 0: never
  int max_uploads = 128;
  std::filesystem::path tls_certificate, tls_key;  // empty: no TLS
  std::string tls_min_version = "1.2";             // or "1.3"
  int http_redirect_port = 0;                      // 0: none
  int64_t hsts_sec = 31'536'000;                   // 0: no such header
  std::string allowed_hosts;                       // names with commas, or "*"; empty: it depends
  std::vector<std::string> cors_origins{"http://localhost:3000"};
  std::filesystem::path web;  // the built page; empty: the installed one
};

struct StorageSettings {
  std::filesystem::path path = "./storage";
  std::string url;                             // s3://…; empty: `path` holds the songs
  std::string access_key, secret_key, region;  // of the bucket
  std::string downloads = "proxy";             // or "redirect", "nginx"
  int64_t max_file_bytes = int64_t{100} << 20;
  int64_t limit_bytes = 0;  // of all jobs together; 0: none
  int64_t low_disk_bytes = int64_t{500} << 20;
  int retention_days = 7;  // 0: for ever
  double sweep_interval_sec = 600;
};

struct ProcessingSettings {
  int max_concurrent_jobs = 3;
  bool enable_gpu = true;
  double max_duration_sec = 3 * 3600;
  double job_timeout_sec = 3600;
  int64_t job_memory_bytes = int64_t{4096} << 20;
  double job_cpu_sec = 0;  // 0: as long as job_timeout_sec lets it
  int64_t job_file_bytes = int64_t{8192} << 20;
  int64_t job_output_bytes = int64_t{24576} << 20;  // of all files
  bool reuse_results = true;
  std::string job_sandbox = "auto";  // or "require", "off"
  double drain_sec = 30;
  double lease_sec = 30;
  std::filesystem::path tool;    // empty: `stemscribe` beside this program
  std::filesystem::path models;  // empty: as the tool finds them
};

struct DatabaseSettings {
  std::string url = "sqlite:///./api.db";
  int pool_size = 8;
  double timeout_sec = 10;  // of a statement; PostgreSQL only
};

struct QueueSettings {
  std::string url;  // redis://…; empty: within the process
  std::string worker_metrics_host = "127.0.0.1";
  int worker_metrics_port = 0;  // 0: none
};

struct AuthSettings {
  std::string mode = "none";    // or "apikey"
  std::string trusted_proxies;  // addresses and networks, with commas
  // A minute; 0: no limit.
  int64_t key_uploads = 60;
  int64_t key_requests = 3000;
  int64_t address_uploads = 120;
  int64_t address_requests = 6000;
};

struct WebhookSettings {
  std::string secret;  // empty: callbacks are not signed
  bool allow_private = false;
};

struct LogSettings {
  std::string level = "INFO";
  std::string format = "json";
  std::filesystem::path file = "./logs/api.log";  // empty: standard error alone
  int64_t max_file_bytes = int64_t{50} << 20;
  int max_files = 5;
};

struct Settings {
  ServerSettings server;
  StorageSettings storage;
  ProcessingSettings processing;
  DatabaseSettings database;
  QueueSettings queue;
  AuthSettings auth;
  WebhookSettings webhook;
  LogSettings log;
};

}  // namespace stemscribe::config
