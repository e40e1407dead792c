// Collects the settings of one section for the table.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/setting_table.h"

namespace stemscribe::config {

template <typename T>
std::optional<T> ReadNumber(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

inline std::optional<bool> ReadBool(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "0" || text == "no" || text == "off") return false;
  return std::nullopt;
}

class Section {
 public:
  Section(std::vector<Setting>& table, std::string name) : table_(table), name_(std::move(name)) {}

  /// A number from `least` to `most`, kept as `unit` times as much. `field`: Settings& -> T&.
  template <typename Field>
  Section& Numeric(const char* name, const char* help, double least, double most, double unit,
                   Field field) {
    using T = std::remove_reference_t<decltype(field(std::declval<Settings&>()))>;
    constexpr bool kWhole = std::is_integral_v<T>;
    Add(
        name, help, fmt::format("a {}number from {} to {}", kWhole ? "whole " : "", least, most),
        [=](const std::string& text, Settings& settings) {
          const std::optional<double> value = ReadNumber<double>(text);
          if (!value || !(*value >= least && *value <= most)) return false;  // NaN, too
          if (kWhole && *value != std::trunc(*value)) return false;
          field(settings) = static_cast<T>(*value * unit);
          return true;
        },
        [=](const Settings& settings) {
          return fmt::format("{}",
                             static_cast<double>(field(const_cast<Settings&>(settings))) / unit);
        });
    return *this;
  }

  template <typename Field>
  Section& Switch(const char* name, const char* help, Field field) {
    Add(
        name, help, "true or false",
        [=](const std::string& text, Settings& settings) {
          const std::optional<bool> value = ReadBool(text);
          if (value) field(settings) = *value;
          return value.has_value();
        },
        [=](const Settings& settings) {
          return field(const_cast<Settings&>(settings)) ? "true" : "false";
        });
    return *this;
  }

  /// Text or a path; `valid` says which texts will do.
  template <typename Field>
  Section& Text(
      const char* name, const char* help, const char* allowed, Field field,
      bool (*valid)(const std::string&) = [](const std::string&) { return true; }) {
    Add(
        name, help, allowed,
        [=](const std::string& text, Settings& settings) {
          if (!valid(text)) return false;
          field(settings) = text;
          return true;
        },
        [=](const Settings& settings) -> std::string {
          return field(const_cast<Settings&>(settings));
        });
    return *this;
  }

  Section& Secret() {
    table_.back().secret = true;
    return *this;
  }

  void Add(const char* name, const char* help, std::string allowed,
           std::function<bool(const std::string&, Settings&)> read,
           std::function<std::string(const Settings&)> show) {
    table_.push_back(
        {name_, name, help, std::move(allowed), false, std::move(read), std::move(show)});
  }

 private:
  std::vector<Setting>& table_;
  const std::string name_;
};

}  // namespace stemscribe::config
