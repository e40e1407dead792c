// The log: messages with named fields, as JSON objects or lines of text, to standard error and a
// rotating file.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace stemscribe {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kCritical };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  bool json = true;
  bool to_stderr = true;
  std::filesystem::path file;  // empty: none
  int64_t max_file_bytes = int64_t{50} << 20;
  int max_files = 5;
};

/// "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"; throws Error{kInvalidArgument} for others.
LogLevel ParseLogLevel(std::string_view name);

/// Thread-safe. Whoever logs is given one by reference.
class Log {
 public:
  /// Throws Error{kIo} if the file cannot be written.
  explicit Log(const LogOptions& options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// `fields` such as {"request_id", …}, {"job_id", …} stand beside "time", "level" and "message".
  void Write(LogLevel level, std::string_view message,
             const boost::json::object& fields = {}) const;

  void Debug(std::string_view message, const boost::json::object& fields = {}) const {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, const boost::json::object& fields = {}) const {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warning(std::string_view message, const boost::json::object& fields = {}) const {
    Write(LogLevel::kWarning, message, fields);
  }
  void Error(std::string_view message, const boost::json::object& fields = {}) const {
    Write(LogLevel::kError, message, fields);
  }

 private:
  const bool json_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace stemscribe
