// Range headers: what is sent lies within the file, in order.
#include "fuzz.h"
#include "http/ranges.h"

using namespace stemscribe;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const uint64_t length : {uint64_t{0}, uint64_t{1}, uint64_t{1000}, ~uint64_t{0}}) {
    const http::RangeResult result = http::ParseRange(fuzz::Text(data, size), length);
    fuzz::Check(result.ranges.size() <= 16);
    fuzz::Check((result.kind == http::RangeResult::Kind::kSatisfiable) == !result.ranges.empty());
    for (const http::ByteRange& range : result.ranges) {
      fuzz::Check(range.first <= range.last && range.last < length);
    }
  }
  return 0;
}
