#include "db/search_text.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/utf8.h"

namespace stemscribe::db {
std::string SearchText(std::string_view text) {
  const std::string valid = ToUtf8(text);
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
  constexpr size_t kMaxWords = 10;
  std::vector<std::string> patterns;
  std::istringstream words(SearchText(query));
  for (std::string word; patterns.size() < kMaxWords && words >> word;) {
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
