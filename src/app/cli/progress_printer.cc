#include "app/cli/progress_printer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <string_view>

namespace stemscribe::app {
namespace {

constexpr int kBarWidth = 30;
constexpr double kPercentPerLine = 10;

}  // namespace

std::string FormatDuration(double seconds) {
  const auto total = static_cast<int64_t>(std::lround(seconds));
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{} min {} s", total / 60, total % 60);
  return fmt::format("{} h {} min", total / 3600, total % 3600 / 60);
}

ProgressPrinter::ProgressPrinter(std::FILE* stream, int progress_fd, std::string song)
    : stream_(stream),
      progress_fd_(progress_fd),
      song_(std::move(song)),
      is_terminal_(stream != nullptr && isatty(fileno(stream)) == 1) {}

void ProgressPrinter::Print(const pipeline::Progress& progress) {
  if (progress_fd_ >= 0) PrintJson(progress);
  if (stream_ == nullptr) return;
  if (is_terminal_) {
    PrintBar(progress);
  } else if (progress.percent >= next_line_percent_) {
    PrintLine(progress);
    next_line_percent_ = (std::floor(progress.percent / kPercentPerLine) + 1) * kPercentPerLine;
  }
}

void ProgressPrinter::Finish() {
  if (is_terminal_) fmt::print(stream_, "\r\033[K");
}

void ProgressPrinter::PrintBar(const pipeline::Progress& progress) {
  const int filled = static_cast<int>(progress.percent / 100 * kBarWidth);
  std::string line =
      fmt::format("\r\033[K[{:#<{}}{:.<{}}] {:3.0f} % {}", "", filled, "", kBarWidth - filled,
                  progress.percent, pipeline::StageName(progress.stage));
  if (progress.seconds_left) line += ", " + FormatDuration(*progress.seconds_left) + " left";
  fmt::print(stream_, "{}", line);
  std::fflush(stream_);
}

void ProgressPrinter::PrintLine(const pipeline::Progress& progress) {
  std::string line =
      fmt::format("{}: {:3.0f} % {}", song_, progress.percent, pipeline::StageName(progress.stage));
  if (progress.seconds_left) line += ", " + FormatDuration(*progress.seconds_left) + " left";
  fmt::print(stream_, "{}\n", line);
  std::fflush(stream_);
}

void ProgressPrinter::PrintJson(const pipeline::Progress& progress) {
  std::string line = fmt::format(R"({{"stage":"{}","percent":{:.1f},"seconds_left":)",
                                 pipeline::StageName(progress.stage), progress.percent);
  line += progress.seconds_left ? fmt::format("{:.1f}}}\n", *progress.seconds_left) : "null}\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(progress_fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      progress_fd_ = -1;  // nobody reads any more
      return;
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace stemscribe::app
