#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <vector>

#include "base/error.h"
#include "base/json_text.h"

namespace stemscribe {
namespace {

constexpr std::array kNames = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
constexpr std::array kLevels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                spdlog::level::err, spdlog::level::critical};

/// "2026-01-31T10:00:00.123Z"
std::string Now() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms.count() % 1000);
}

std::string AsJson(LogLevel level, std::string_view message, const boost::json::object& fields) {
  boost::json::object line{
      {"time", Now()}, {"level", kNames[static_cast<size_t>(level)]}, {"message", message}};
  for (const auto& field : fields) line[field.key()] = field.value();
  return ToJsonText(line);
}

/// Values go through JSON, so that a line break in one cannot make a line of its own.
std::string AsText(LogLevel level, std::string_view message, const boost::json::object& fields) {
  std::string line = fmt::format("{} {:<8} {}", Now(), kNames[static_cast<size_t>(level)],
                                 ToJsonText(boost::json::string(message)));
  for (const auto& field : fields) {
    line += fmt::format(" {}={}", std::string_view(field.key()), ToJsonText(field.value()));
  }
  return line;
}

}  // namespace

LogLevel ParseLogLevel(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<LogLevel>(i);
  }
  throw ::stemscribe::Error(ErrorCode::kInvalidArgument,
                            "no log level is called '" + std::string(name) + "'");
}

Log::Log(const LogOptions& options) : json_(options.json) {
  std::vector<spdlog::sink_ptr> sinks;
  if (options.to_stderr) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (!options.file.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          options.file.string(), static_cast<size_t>(options.max_file_bytes),
          static_cast<size_t>(options.max_files)));
    } catch (const spdlog::spdlog_ex& error) {
      throw ::stemscribe::Error(ErrorCode::kIo,
                                "cannot write the log: " + std::string(error.what()));
    }
  }
  logger_ = std::make_shared<spdlog::logger>("stemscribe", sinks.begin(), sinks.end());
  logger_->set_pattern("%v");
  logger_->set_level(kLevels[static_cast<size_t>(options.level)]);
  logger_->flush_on(spdlog::level::debug);  // what was logged before a crash is what one looks for
}

Log::~Log() { logger_->flush(); }

void Log::Write(LogLevel level, std::string_view message, const boost::json::object& fields) const {
  const auto spd_level = kLevels[static_cast<size_t>(level)];
  if (!logger_->should_log(spd_level)) return;
  logger_->log(spd_level, json_ ? AsJson(level, message, fields) : AsText(level, message, fields));
}

}  // namespace stemscribe
