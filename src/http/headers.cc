#include "http/headers.h"

#include <algorithm>

namespace stemscribe::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string Safe(std::string_view value) {
  std::string safe(value);
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return safe;
}

bool ListContains(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view item = TrimBlanks(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (EqualsIgnoreCase(item, token)) return true;
  }
  return false;
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(TrimBlanks(text.substr(0, end)));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

Headers::Headers(std::initializer_list<Field> fields) {
  fields_.reserve(fields.size());
  for (const auto& [name, value] : fields) Add(name, value);
}

void Headers::Set(std::string_view name, std::string_view value) {
  auto is_name = [name](const Field& field) { return EqualsIgnoreCase(field.first, name); };
  auto first = std::find_if(fields_.begin(), fields_.end(), is_name);
  if (first == fields_.end()) return Add(name, value);
  first->second = Safe(value);
  fields_.erase(std::remove_if(first + 1, fields_.end(), is_name), fields_.end());
}

void Headers::Add(std::string_view name, std::string_view value) {
  fields_.emplace_back(Safe(name), Safe(value));
}

void Headers::AddToList(std::string_view name, std::string_view value) {
  const auto old = Get(name);
  if (!old || old->empty()) {
    Set(name, value);
  } else if (!ListContains(*old, value)) {
    Set(name, std::string(*old) + ", " + std::string(value));
  }
}

void Headers::Remove(std::string_view name) {
  std::erase_if(fields_,
                [name](const Field& field) { return EqualsIgnoreCase(field.first, name); });
}

std::optional<std::string_view> Headers::Get(std::string_view name) const {
  for (const auto& [field_name, value] : fields_) {
    if (EqualsIgnoreCase(field_name, name)) return value;
  }
  return std::nullopt;
}

}  // namespace stemscribe::http
