#include "http/content_disposition.h"

#include <algorithm>

#include "http/headers.h"
#include "http/url.h"

namespace stemscribe::http {
namespace {

void SkipBlanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

// Takes a quoted string with its quotes off the front. Only \" and \\ are escapes: old browsers
// send file names with plain backslashes ("C:\song.mp3").
std::optional<std::string> TakeQuoted(std::string_view& text) {
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

std::optional<std::string> TakeValue(std::string_view& text) {
  if (text.starts_with('"')) return TakeQuoted(text);
  const size_t end = std::min(text.find(';'), text.size());
  const std::string_view token = TrimBlanks(text.substr(0, end));
  text.remove_prefix(end);
  return std::string(token);
}

// UTF-8'en'a%20b (RFC 8187)
std::optional<std::string> DecodeExtended(std::string_view value) {
  const size_t first = value.find('\'');
  const size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos || !EqualsIgnoreCase(value.substr(0, first), "UTF-8"))
    return std::nullopt;
  return PercentDecode(value.substr(second + 1));
}

}  // namespace

std::string ContentDisposition(std::string_view filename, bool inline_disposition) {
  std::string clean(filename);
  std::string ascii;
  bool is_ascii = true;
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '/' || c == '\\' || c == '"') c = '_';
    if (byte < 0x80) {
      ascii.push_back(c);
    } else {
      is_ascii = false;
      if (byte >= 0xc0) ascii.push_back('_');  // one for a whole UTF-8 sequence
    }
  }
  std::string value = inline_disposition ? "inline" : "attachment";
  value += "; filename=\"" + ascii + "\"";
  // Some browsers decode escapes in the plain form, so a name with a % needs the exact form too.
  if (!is_ascii || clean.find('%') != std::string::npos)
    value += "; filename*=UTF-8''" + PercentEncode(clean);
  return value;
}

std::optional<std::string> HeaderParameter(std::string_view value, std::string_view name) {
  value.remove_prefix(std::min(value.find(';'), value.size()));
  while (value.starts_with(';')) {
    value.remove_prefix(1);
    SkipBlanks(value);
    const size_t name_end = value.find_first_of("=;");
    if (name_end == std::string_view::npos) return std::nullopt;
    const std::string_view parameter = TrimBlanks(value.substr(0, name_end));
    value.remove_prefix(name_end);
    if (value.front() == ';') continue;
    value.remove_prefix(1);
    SkipBlanks(value);
    const auto text = TakeValue(value);
    if (!text) return std::nullopt;
    if (EqualsIgnoreCase(parameter, name))
      return name.ends_with('*') ? DecodeExtended(*text) : text;
    SkipBlanks(value);
  }
  return std::nullopt;
}

}  // namespace stemscribe::http
