// Query strings and percent-encoding.
#include "base/error.h"
#include "fuzz.h"
#include "http/url.h"

using namespace stemscribe;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::Text(data, size);
  fuzz::Check(http::PercentDecode(http::PercentEncode(text)) == text);
  try {
    const http::QueryParams query = http::QueryParams::Parse(text);
    for (const auto& [name, value] : query.all()) {
      fuzz::Check(query.Has(name) && query.Get(name) == query.GetAll(name).back());
      try {
        if (const auto number = query.GetInteger(name, -5, 1000)) {
          fuzz::Check(*number >= -5 && *number <= 1000);
        }
        if (const auto number = query.GetNumber(name, 0, 1)) {
          fuzz::Check(*number >= 0 && *number <= 1);
        }
        query.GetBool(name);
      } catch (const Error&) {
      }
    }
  } catch (const Error&) {
  }
  return 0;
}
