#include "config/setting_table.h"

#include <algorithm>
#include <boost/json.hpp>

#include "config/setting_section.h"
#include "config/setting_values.h"

namespace stemscribe::config {
namespace {

template <size_t N>
bool IsOneOf(const std::string& text, const char* const (&choices)[N]) {
  return std::find(std::begin(choices), std::end(choices), text) != std::end(choices);
}

constexpr double kMb = 1 << 20;
constexpr double kGb = 1 << 30;
constexpr double kMinute = 60;

void AddServer(std::vector<Setting>& table) {
  Section section(table, "Server");
  section
      .Text(
          "API_HOST", "The address to listen at.", "an IP address",
          [](Settings& s) -> auto& { return s.server.host; }, IsAddress)
      .Numeric("API_PORT", "The port to listen at; 0 takes a free one.", 0, 65535, 1,
               [](Settings& s) -> auto& { return s.server.port; })
      .Numeric("API_WORKERS", "Threads that serve requests.", 1, 256, 1,
               [](Settings& s) -> auto& { return s.server.num_threads; })
      .Text(
          "ALLOWED_HOSTS",
          "The names by which the service may be called, beside addresses and localhost. If empty "
          "any, but none where AUTH=none, API_HOST is an address of this machine alone and there "
          "are no TRUSTED_PROXIES: pages of the web could pose as its own there.",
          "names with commas such as songs.example.org, or *",
          [](Settings& s) -> auto& { return s.server.allowed_hosts; })
      .Add("CORS_ORIGINS", "Web origins that may call the API.",
           R"(a JSON list of origins such as ["https://app.example.org"], or ["*"])", ReadOrigins,
           [](const Settings& s) {
             return boost::json::serialize(boost::json::value_from(s.server.cors_origins));
           });
  section.Text("STEMSCRIBE_WEB", "The folder of the page at /.",
               "a path; empty for the installed one",
               [](Settings& s) -> auto& { return s.server.web; });
}

void AddTls(std::vector<Setting>& table) {
  Section(table, "TLS")
      .Text("TLS_CERTIFICATE",
            "The server's certificate and those that lead to its root; read again on SIGHUP.",
            "the path of a PEM file; empty for plain HTTP",
            [](Settings& s) -> auto& { return s.server.tls_certificate; })
      .Text("TLS_KEY", "The certificate's key; read again on SIGHUP.", "the path of a PEM file",
            [](Settings& s) -> auto& { return s.server.tls_key; })
      .Text(
          "TLS_MIN_VERSION", "The oldest TLS that clients may speak.", "1.2 or 1.3",
          [](Settings& s) -> auto& { return s.server.tls_min_version; },
          [](const std::string& text) { return IsOneOf(text, {"1.2", "1.3"}); })
      .Numeric("HTTP_REDIRECT_PORT",
               "A second port, which sends plain HTTP to the encrypted one; 0 for none.", 0, 65535,
               1, [](Settings& s) -> auto& { return s.server.http_redirect_port; })
      .Numeric("HSTS_SEC",
               "Seconds for which browsers shall insist on TLS, after each response over TLS; 0 "
               "does not tell them.",
               0, 1e9, 1, [](Settings& s) -> auto& { return s.server.hsts_sec; });
}

void AddServerLimits(std::vector<Setting>& table) {
  Section(table, "Limits")
      .Numeric("MAX_CONNECTIONS", "Connections held at once; more wait in the kernel.", 16, 1000000,
               1, [](Settings& s) -> auto& { return s.server.max_connections; })
      .Numeric("MAX_CONNECTIONS_PER_ADDRESS",
               "Connections of one address; more are closed. 0 sets no limit: behind a proxy all "
               "come from one.",
               0, 1000000, 1,
               [](Settings& s) -> auto& { return s.server.max_connections_per_address; })
      .Numeric("REQUESTS_PER_CONNECTION", "Requests after which a connection is closed.", 1, 1e9, 1,
               [](Settings& s) -> auto& { return s.server.requests_per_connection; })
      .Numeric("MAX_HEADER_KB", "The longest header of a request.", 1, 1024, 1,
               [](Settings& s) -> auto& { return s.server.max_header_kb; })
      .Numeric("MAX_HEADER_FIELDS", "The most fields in the header of a request.", 8, 10000, 1,
               [](Settings& s) -> auto& { return s.server.max_header_fields; })
      .Numeric("HEADER_TIMEOUT_SEC",
               "Seconds a client may take for a request's header, and for the TLS handshake.", 0.1,
               3600, 1, [](Settings& s) -> auto& { return s.server.header_timeout_sec; })
      .Numeric("BODY_TIMEOUT_SEC", "Seconds a client may pause while it sends a body.", 0.1, 3600,
               1, [](Settings& s) -> auto& { return s.server.body_timeout_sec; })
      .Numeric("WRITE_TIMEOUT_SEC", "Seconds a client may pause while it takes a response.", 0.1,
               3600, 1, [](Settings& s) -> auto& { return s.server.write_timeout_sec; })
      .Numeric("IDLE_TIMEOUT_SEC", "Seconds an idle connection is kept.", 0.1, 3600, 1,
               [](Settings& s) -> auto& { return s.server.idle_timeout_sec; })
      .Numeric("MAX_UPLOADS",
               "Songs received at once; more are refused (503), and more than a quarter from one "
               "key, or one address without keys (429).",
               1, 100000, 1, [](Settings& s) -> auto& { return s.server.max_uploads; })
      .Numeric("SHED_AFTER_SEC",
               "Requests are refused (503) while work waits longer than this for a thread; 0 never "
               "does so.",
               0, 3600, 1, [](Settings& s) -> auto& { return s.server.shed_after_sec; });
}

void AddStorage(std::vector<Setting>& table) {
  Section(table, "Storage")
      .Text(
          "STORAGE_PATH", "The folder of all songs and results.", "a path",
          [](Settings& s) -> auto& { return s.storage.path; },
          [](const std::string& text) { return !text.empty(); })
      .Text(
          "STORAGE_URL",
          "A bucket for all songs and results, which many machines can share. Its keys are those "
          "of "
          "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
          "s3://BUCKET/PREFIX?endpoint=URL; empty for the folder STORAGE_PATH",
          [](Settings& s) -> auto& { return s.storage.url; },
          [](const std::string& text) { return text.empty() || text.starts_with("s3://"); })
      .Text(
          "DOWNLOADS",
          "Whether stems pass through the service (proxy), or come from the bucket itself "
          "(redirect) or out of STORAGE_PATH by the nginx in front (nginx).",
          "proxy, redirect or nginx", [](Settings& s) -> auto& { return s.storage.downloads; },
          [](const std::string& text) { return IsOneOf(text, {"proxy", "redirect", "nginx"}); })
      .Text("AWS_ACCESS_KEY_ID", "The bucket's access key.", "text",
            [](Settings& s) -> auto& { return s.storage.access_key; })
      .Text("AWS_SECRET_ACCESS_KEY", "The bucket's secret key.", "text",
            [](Settings& s) -> auto& { return s.storage.secret_key; })
      .Secret()
      .Text("AWS_REGION", "The bucket's region.", "text",
            [](Settings& s) -> auto& { return s.storage.region; })
      .Numeric("MAX_FILE_SIZE_MB", "The largest song taken.", 1, 100000, kMb,
               [](Settings& s) -> auto& { return s.storage.max_file_bytes; })
      .Numeric("STORAGE_LIMIT_GB",
               "Uploads are refused (507) once all jobs hold this much; 0 sets no limit.", 0, 1e6,
               kGb, [](Settings& s) -> auto& { return s.storage.limit_bytes; })
      .Numeric("LOW_DISK_MB", "Uploads are refused (507) while the disk has less than this free.",
               0, 1e7, kMb, [](Settings& s) -> auto& { return s.storage.low_disk_bytes; })
      .Numeric("JOB_RETENTION_DAYS", "Finished jobs are deleted after so many days; 0 keeps them.",
               0, 36500, 1, [](Settings& s) -> auto& { return s.storage.retention_days; })
      .Numeric("CLEANUP_INTERVAL_MIN",
               "Minutes between sweeps for expired jobs and orphaned files.", 0.01, 1440, kMinute,
               [](Settings& s) -> auto& { return s.storage.sweep_interval_sec; });
}

void AddProcessing(std::vector<Setting>& table) {
  Section(table, "Processing")
      .Numeric("MAX_CONCURRENT_JOBS",
               "Songs transcribed at once; they share the cores. 0 takes no jobs.", 0, 256, 1,
               [](Settings& s) -> auto& { return s.processing.max_concurrent_jobs; })
      .Switch("ENABLE_GPU", "Use an accelerator where the engine finds one, else the CPU.",
              [](Settings& s) -> auto& { return s.processing.enable_gpu; })
      .Numeric("MAX_DURATION_MIN", "The longest song taken, in minutes.", 0.01, 10000, kMinute,
               [](Settings& s) -> auto& { return s.processing.max_duration_sec; })
      .Numeric("JOB_TIMEOUT_MIN", "A job that takes longer fails.", 0.01, 10000, kMinute,
               [](Settings& s) -> auto& { return s.processing.job_timeout_sec; })
      .Numeric("JOB_MEMORY_MB", "A job that needs more memory fails.", 256, 1e6, kMb,
               [](Settings& s) -> auto& { return s.processing.job_memory_bytes; })
      .Numeric("JOB_CPU_MIN",
               "A job that needs more minutes of CPU time, of all cores together, fails; 0 sets no "
               "limit but JOB_TIMEOUT_MIN.",
               0, 1e6, kMinute, [](Settings& s) -> auto& { return s.processing.job_cpu_sec; })
      .Numeric("JOB_FILE_MB", "A job that writes a larger file fails.", 1, 1e6, kMb,
               [](Settings& s) -> auto& { return s.processing.job_file_bytes; })
      .Numeric("JOB_OUTPUT_MB",
               "A job whose files together become larger fails. The longest song as five stems of "
               "WAV takes 22000.",
               1, 1e7, kMb, [](Settings& s) -> auto& { return s.processing.job_output_bytes; })
      .Switch("REUSE_RESULTS",
              "A song that its owner had transcribed with the same options is answered with that "
              "job, unless a request says ?reuse=false.",
              [](Settings& s) -> auto& { return s.processing.reuse_results; })
      .Text(
          "JOB_SANDBOX",
          "Jobs lock themselves in, by seccomp and Landlock: as far as the kernel can (auto), "
          "wholly or they fail (require), or not (off).",
          "auto, require or off", [](Settings& s) -> auto& { return s.processing.job_sandbox; },
          [](const std::string& text) { return IsOneOf(text, {"auto", "require", "off"}); })
      .Numeric("DRAIN_SEC",
               "On SIGTERM, seconds that running jobs are given before they go back to the queue.",
               0, 86400, 1, [](Settings& s) -> auto& { return s.processing.drain_sec; })
      .Text("STEMSCRIBE_BIN", "The program that transcribes.",
            "a path; empty for `stemscribe` beside this program",
            [](Settings& s) -> auto& { return s.processing.tool; })
      .Text("STEMSCRIBE_MODELS", "The folder of the models.",
            "a path; empty for the installed ones",
            [](Settings& s) -> auto& { return s.processing.models; });
}

void AddAccess(std::vector<Setting>& table) {
  Section(table, "Access")
      .Text(
          "AUTH", "Who may use the API: everybody, or who has a key (`stemscribed keys create`).",
          "none or apikey", [](Settings& s) -> auto& { return s.auth.mode; },
          [](const std::string& text) { return IsOneOf(text, {"none", "apikey"}); })
      .Numeric("KEY_UPLOADS_PER_MIN", "Songs a key may send in a minute; 0 sets no limit.", 0, 1e6,
               1, [](Settings& s) -> auto& { return s.auth.key_uploads; })
      .Numeric("KEY_REQUESTS_PER_MIN", "Other requests of a key in a minute; 0 sets no limit.", 0,
               1e6, 1, [](Settings& s) -> auto& { return s.auth.key_requests; })
      .Numeric("ADDRESS_UPLOADS_PER_MIN",
               "Songs an address may send in a minute; 0 sets no limit. This machine has none.", 0,
               1e6, 1, [](Settings& s) -> auto& { return s.auth.address_uploads; })
      .Numeric("ADDRESS_REQUESTS_PER_MIN",
               "Other requests of an address in a minute; 0 sets no limit. This machine has none.",
               0, 1e6, 1, [](Settings& s) -> auto& { return s.auth.address_requests; })
      .Text("TRUSTED_PROXIES", "Proxies whose X-Forwarded-For tells the client's address.",
            "addresses and networks with commas, such as 127.0.0.1, 10.0.0.0/8",
            [](Settings& s) -> auto& { return s.auth.trusted_proxies; });
}

void AddRest(std::vector<Setting>& table) {
  Section(table, "Database")
      .Text(
          "DATABASE_URL", "Where jobs are recorded.",
          "sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
          [](Settings& s) -> auto& { return s.database.url; },
          [](const std::string& text) {
            return (text.starts_with("sqlite:///") && text.size() > 10) ||
                   text.starts_with("postgresql://") || text.starts_with("postgres://");
          })
      .Numeric("DATABASE_POOL_SIZE", "Connections to the database.", 1, 256, 1,
               [](Settings& s) -> auto& { return s.database.pool_size; })
      .Numeric("DATABASE_TIMEOUT_SEC", "PostgreSQL gives up a statement after so long.", 0.1, 600,
               1, [](Settings& s) -> auto& { return s.database.timeout_sec; });
  Section(table, "Queue")
      .Text(
          "QUEUE_URL",
          "A Redis through which `stemscribed worker` on any machine hears of jobs; `serve` then "
          "only serves. It needs PostgreSQL.",
          "redis://, rediss:// or redis+sentinel://USER:PASSWORD@HOST:PORT; empty to work on jobs "
          "in this process",
          [](Settings& s) -> auto& { return s.queue.url; },
          [](const std::string& text) {
            const size_t scheme = text.find("://");
            return text.empty() ||
                   (scheme != std::string::npos &&
                    IsOneOf(text.substr(0, scheme),
                            {"redis", "rediss", "redis+sentinel", "rediss+sentinel"}));
          })
      .Numeric("LEASE_SEC", "A job whose worker is not heard of for so long goes to another.", 1,
               3600, 1, [](Settings& s) -> auto& { return s.processing.lease_sec; })
      .Numeric("WORKER_METRICS_PORT",
               "The port where `stemscribed worker` serves /metrics and /health/live, without keys "
               "and encryption; 0 for none.",
               0, 65535, 1, [](Settings& s) -> auto& { return s.queue.worker_metrics_port; })
      .Text(
          "WORKER_METRICS_HOST", "The address of that port: one that only Prometheus reaches.",
          "an IP address", [](Settings& s) -> auto& { return s.queue.worker_metrics_host; },
          IsAddress);
  Section(table, "Callbacks")
      .Text("WEBHOOK_SECRET", "Callbacks are signed with it (HMAC-SHA256).",
            "text; empty for unsigned callbacks",
            [](Settings& s) -> auto& { return s.webhook.secret; })
      .Secret()
      .Switch("WEBHOOK_ALLOW_PRIVATE", "Allow callback URLs inside private networks.",
              [](Settings& s) -> auto& { return s.webhook.allow_private; });
  Section(table, "Logging")
      .Text(
          "LOG_LEVEL", "The least severe messages that are logged.",
          "DEBUG, INFO, WARNING, ERROR or CRITICAL",
          [](Settings& s) -> auto& { return s.log.level; },
          [](const std::string& text) {
            return IsOneOf(text, {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"});
          })
      .Text(
          "LOG_FORMAT", "One JSON object or one line of text per message.", "json or text",
          [](Settings& s) -> auto& { return s.log.format; },
          [](const std::string& text) { return IsOneOf(text, {"json", "text"}); })
      .Text("LOG_FILE", "The log file, besides standard error.", "a path; empty for none",
            [](Settings& s) -> auto& { return s.log.file; })
      .Numeric("LOG_MAX_SIZE_MB", "The log file is rotated at this size.", 1, 100000, kMb,
               [](Settings& s) -> auto& { return s.log.max_file_bytes; })
      .Numeric("LOG_MAX_FILES", "Rotated log files that are kept.", 1, 1000, 1,
               [](Settings& s) -> auto& { return s.log.max_files; });
}

}  // namespace

const std::vector<Setting>& SettingTable() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> settings;
    AddServer(settings);
    AddTls(settings);
    AddServerLimits(settings);
    AddStorage(settings);
    AddProcessing(settings);
    AddAccess(settings);
    AddRest(settings);
    return settings;
  }();
  return table;
}

}  // namespace stemscribe::config
