// HTTP dates, without the C library's locales and time zones.
#include <array>
#include <charconv>
#include <cstdio>

#include "http/conditional.h"

namespace stemscribe::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a date apart from left to right; the first mismatch makes all that follows fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool failed() const { return failed_; }
  bool AtEnd() const { return !failed_ && text_.empty(); }

  void Literal(std::string_view expected) {
    if (text_.starts_with(expected)) {
      text_.remove_prefix(expected.size());
    } else {
      failed_ = true;
    }
  }

  int Number(size_t digits) {
    int value = 0;
    const auto [end, error] =
        std::from_chars(text_.data(), text_.data() + std::min(digits, text_.size()), value);
    if (error != std::errc() || end != text_.data() + digits || value < 0) {
      failed_ = true;
      return 0;
    }
    text_.remove_prefix(digits);
    return value;
  }

  unsigned Month() {
    for (size_t i = 0; i < kMonths.size(); ++i) {
      if (text_.starts_with(kMonths[i])) {
        text_.remove_prefix(3);
        return static_cast<unsigned>(i + 1);
      }
    }
    failed_ = true;
    return 0;
  }

 private:
  std::string_view text_;
  bool failed_ = false;
};

struct Fields {
  int year = 0;
  unsigned month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void ScanTime(Scanner& scan, Fields& fields) {
  fields.hour = scan.Number(2);
  scan.Literal(":");
  fields.minute = scan.Number(2);
  scan.Literal(":");
  fields.second = scan.Number(2);
}

// "06 Nov 1994 08:49:37 GMT", after "Sun, ".
bool ScanImfFixdate(std::string_view text, Fields& fields) {
  Scanner scan(text);
  fields.day = scan.Number(2);
  scan.Literal(" ");
  fields.month = scan.Month();
  scan.Literal(" ");
  fields.year = scan.Number(4);
  scan.Literal(" ");
  ScanTime(scan, fields);
  scan.Literal(" GMT");
  return scan.AtEnd();
}

// "06-Nov-94 08:49:37 GMT", after "Sunday, ". Two digits mean the year of that ending nearest to
// 2000…2069.
bool ScanRfc850(std::string_view text, Fields& fields) {
  Scanner scan(text);
  fields.day = scan.Number(2);
  scan.Literal("-");
  fields.month = scan.Month();
  scan.Literal("-");
  const int year = scan.Number(2);
  fields.year = year + (year < 70 ? 2000 : 1900);
  scan.Literal(" ");
  ScanTime(scan, fields);
  scan.Literal(" GMT");
  return scan.AtEnd();
}

// "Nov  6 08:49:37 1994", after "Sun ".
bool ScanAsctime(std::string_view text, Fields& fields) {
  Scanner scan(text);
  fields.month = scan.Month();
  scan.Literal(" ");
  if (text.size() > 4 && text[4] == ' ') {
    scan.Literal(" ");
    fields.day = scan.Number(1);
  } else {
    fields.day = scan.Number(2);
  }
  scan.Literal(" ");
  ScanTime(scan, fields);
  scan.Literal(" ");
  fields.year = scan.Number(4);
  return scan.AtEnd();
}

}  // namespace

std::string FormatHttpDate(std::chrono::sys_seconds time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  std::array<char, 64> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[std::chrono::weekday(days).c_encoding()].data(), static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<size_t>(length)};
}

std::optional<std::chrono::sys_seconds> ParseHttpDate(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(space + 1);
  Fields fields;
  const bool ok = text[space - (space > 0)] == ','
                      ? ScanImfFixdate(rest, fields) || ScanRfc850(rest, fields)
                      : ScanAsctime(rest, fields);
  const std::chrono::year_month_day date{std::chrono::year(fields.year),
                                         std::chrono::month(fields.month),
                                         std::chrono::day(static_cast<unsigned>(fields.day))};
  if (!ok || !date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60)
    return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(fields.hour) +
         std::chrono::minutes(fields.minute) + std::chrono::seconds(fields.second);
}

}  // namespace stemscribe::http
