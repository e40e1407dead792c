#include "http/url.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "http/headers.h"

namespace stemscribe::http {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool IsUnreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

[[noreturn]] void ThrowBadParam(std::string_view name, const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "invalid query parameter",
              {{std::string(name), message}});
}

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string DecodeOrThrow(std::string_view text) {
  auto decoded = PercentDecode(text, true);
  if (!decoded) ThrowBadParam(text.substr(0, 64), "has a broken percent escape");
  return std::move(*decoded);
}

}  // namespace

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' && plus_is_space ? ' ' : text[i]);
    }
  }
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded.push_back('%');
      encoded.push_back(kHex[byte >> 4]);
      encoded.push_back(kHex[byte & 15]);
    }
  }
  return encoded;
}

QueryParams QueryParams::Parse(std::string_view query) {
  QueryParams result;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const bool has_value = equals != std::string_view::npos;
    result.params_.emplace_back(DecodeOrThrow(pair.substr(0, equals)),
                                has_value ? DecodeOrThrow(pair.substr(equals + 1)) : std::string());
  }
  return result;
}

std::optional<std::string_view> QueryParams::Get(std::string_view name) const {
  for (auto it = params_.rbegin(); it != params_.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return std::nullopt;
}

std::vector<std::string_view> QueryParams::GetAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : params_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

std::optional<long long> QueryParams::GetInteger(std::string_view name, long long min,
                                                 long long max) const {
  const auto text = Get(name);
  if (!text) return std::nullopt;
  const auto value = ParseNumber<long long>(*text);
  if (!value || *value < min || *value > max) {
    ThrowBadParam(
        name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

std::optional<double> QueryParams::GetNumber(std::string_view name, double min, double max) const {
  const auto text = Get(name);
  if (!text) return std::nullopt;
  const auto value = ParseNumber<double>(*text);
  if (!value || !std::isfinite(*value) || *value < min || *value > max) {
    std::array<char, 64> range{};
    std::snprintf(range.data(), range.size(), "must be a number from %g to %g", min, max);
    ThrowBadParam(name, range.data());
  }
  return value;
}

std::optional<bool> QueryParams::GetBool(std::string_view name) const {
  const auto text = Get(name);
  if (!text) return std::nullopt;
  for (const std::string_view yes : {"true", "1", "yes", "on"}) {
    if (EqualsIgnoreCase(*text, yes)) return true;
  }
  for (const std::string_view no : {"false", "0", "no", "off"}) {
    if (EqualsIgnoreCase(*text, no)) return false;
  }
  ThrowBadParam(name, "must be true or false");
}

}  // namespace stemscribe::http
