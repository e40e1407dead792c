#include "db/search_text.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <sstream>

#include "base/error.h"

namespace stemscribe::db {
namespace {

/// Whole characters are kept, every other byte becomes '?'.
std::string ValidUtf8(std::string_view text) {
  std::string valid;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (size_t i = 0; i < text.size();) {
    utf8proc_int32_t code_point = 0;
    const auto size =
        utf8proc_iterate(bytes + i, static_cast<utf8proc_ssize_t>(text.size() - i), &code_point);
    if (size > 0) {
      valid += text.substr(i, static_cast<size_t>(size));
      i += static_cast<size_t>(size);
    } else {
      valid += '?';
      ++i;
    }
  }
  return valid;
}

}  // namespace

std::string SearchText(std::string_view text) {
  const std::string valid = ValidUtf8(text);
  utf8proc_uint8_t* folded = nullptr;
  const auto size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
      static_cast<utf8proc_ssize_t>(valid.size()), &folded,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                     UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE |
                                     UTF8PROC_STRIPCC));
  if (size < 0) throw Error(ErrorCode::kInternal, utf8proc_errmsg(size));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(folded, &std::free);
  return {reinterpret_cast<const char*>(folded), static_cast<size_t>(size)};
}

std::vector<std::string> SearchPatterns(std::string_view query) {
  std::vector<std::string> patterns;
  std::istringstream words(SearchText(query));
  for (std::string word; words >> word;) {
    std::string pattern = "%";
    for (const char c : word) {
      if (c == '%' || c == '_' || c == '!') pattern += '!';
      pattern += c;
    }
    patterns.push_back(pattern + "%");
  }
  return patterns;
}

}  // namespace stemscribe::db
