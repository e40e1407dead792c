// Names as they are searched for: without case, accents and the other ways to write the same
// letter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stemscribe::db {

/// "Beyoncé – HALO" becomes "beyonce – halo", composed or not. Control characters go,
/// bytes that are no UTF-8 become U+FFFD.
std::string SearchText(std::string_view text);

/// The words of a search as patterns for LIKE … ESCAPE '!', each matching where the word is a part
/// of a SearchText. Ten at most, for each is looked for in each name; none if there is no word.
std::vector<std::string> SearchPatterns(std::string_view query);

}  // namespace stemscribe::db
