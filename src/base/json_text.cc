#include "base/json_text.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <iterator>

#include "base/utf8.h"

namespace stemscribe {
namespace {

namespace json = boost::json;

void Append(std::string& text, const json::value& value);

void AppendNumber(std::string& text, double number) {
  if (!std::isfinite(number)) {
    text += "null";
    return;
  }
  const size_t start = text.size();
  fmt::format_to(std::back_inserter(text), "{}", number);
  // A whole number stays one that was made from a double: "2.0", as 1e+30 does.
  if (text.find_first_of(".e", start) == std::string::npos) text += ".0";
}

void Append(std::string& text, const json::object& object) {
  text += '{';
  for (const auto& field : object) {
    if (&field != &*object.begin()) text += ',';
    text += json::serialize(json::string_view(field.key()));
    text += ':';
    Append(text, field.value());
  }
  text += '}';
}

void Append(std::string& text, const json::array& array) {
  text += '[';
  for (const json::value& element : array) {
    if (&element != array.data()) text += ',';
    Append(text, element);
  }
  text += ']';
}

void Append(std::string& text, const json::value& value) {
  if (value.is_object()) {
    Append(text, value.get_object());
  } else if (value.is_array()) {
    Append(text, value.get_array());
  } else if (value.is_double()) {
    AppendNumber(text, value.get_double());
  } else {
    text += json::serialize(value);
  }
}

}  // namespace

std::string ToJsonText(const json::value& value) {
  std::string text;
  Append(text, value);
  return IsUtf8(text) ? text : ToUtf8(text);  // outside of strings, JSON is ASCII
}

}  // namespace stemscribe
