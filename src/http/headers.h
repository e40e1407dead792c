// The headers of a response: a short ordered list, names compared without case.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stemscribe::http {

/// Compares ASCII letters without case.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

/// `text` without the blanks and tabs around it.
std::string_view TrimBlanks(std::string_view text);

/// The parts between separators, without blanks around them; of an empty text one that is empty.
std::vector<std::string_view> Split(std::string_view text, char separator);

/// Not thread-safe. Values must hold no CR, LF or NUL: Set and Add replace these by spaces, so that
/// no value can split a response.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  /// Replaces all fields of this name by one.
  void Set(std::string_view name, std::string_view value);
  /// Appends a field, also if the name is there already.
  void Add(std::string_view name, std::string_view value);
  /// Adds `value` to a comma-separated list field (Vary, Cache-Control) unless it is in it.
  void AddToList(std::string_view name, std::string_view value);
  void Remove(std::string_view name);

  bool Has(std::string_view name) const { return Get(name).has_value(); }
  /// The first value of this name.
  std::optional<std::string_view> Get(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

}  // namespace stemscribe::http
