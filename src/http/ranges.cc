#include "http/ranges.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "http/headers.h"

namespace stemscribe::http {
namespace {

// A number of any length; what does not fit is as large as can be, which clips to the end of any
// file.
std::optional<uint64_t> ParseDigits(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : UINT64_MAX;
}

// Returns false if the spec is malformed; leaves `range` empty if it lies behind the end.
bool ParseSpec(std::string_view spec, uint64_t size_bytes, std::optional<ByteRange>* range) {
  const size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return false;
  const std::string_view first_text = TrimBlanks(spec.substr(0, dash));
  const std::string_view last_text = TrimBlanks(spec.substr(dash + 1));
  if (first_text.empty()) {
    const auto suffix = ParseDigits(last_text);
    if (!suffix) return false;
    if (*suffix == 0 || size_bytes == 0) return true;
    range->emplace(ByteRange{size_bytes - std::min(*suffix, size_bytes), size_bytes - 1});
    return true;
  }
  const auto first = ParseDigits(first_text);
  const auto last =
      last_text.empty() ? std::optional<uint64_t>(UINT64_MAX) : ParseDigits(last_text);
  if (!first || !last || *last < *first) return false;
  if (*first < size_bytes) range->emplace(ByteRange{*first, std::min(*last, size_bytes - 1)});
  return true;
}

// Joins `range` with those it overlaps or touches, at the place of the first of them.
void Merge(std::vector<ByteRange>& ranges, ByteRange range) {
  auto joins = [&range](const ByteRange& other) {
    return range.first <= other.last + 1 && other.first <= range.last + 1;
  };
  for (auto it = ranges.begin(); it != ranges.end(); ++it) {
    if (!joins(*it)) continue;
    range = {std::min(range.first, it->first), std::max(range.last, it->last)};
    ranges.erase(it);
    return Merge(ranges, range);
  }
  ranges.push_back(range);
}

}  // namespace

RangeResult ParseRange(std::string_view header, uint64_t size_bytes, size_t max_ranges) {
  RangeResult ignore;
  header = TrimBlanks(header);
  const size_t equals = header.find('=');
  if (equals == std::string_view::npos || !EqualsIgnoreCase(header.substr(0, equals), "bytes"))
    return ignore;
  RangeResult result;
  std::string_view specs = header.substr(equals + 1);
  size_t num_specs = 0;
  while (!specs.empty()) {
    const size_t comma = std::min(specs.find(','), specs.size());
    const std::string_view spec = TrimBlanks(specs.substr(0, comma));
    specs.remove_prefix(std::min(comma + 1, specs.size()));
    if (spec.empty()) continue;
    std::optional<ByteRange> range;
    if (++num_specs > max_ranges || !ParseSpec(spec, size_bytes, &range)) return ignore;
    if (range) Merge(result.ranges, *range);
  }
  if (num_specs == 0) return ignore;
  result.kind =
      result.ranges.empty() ? RangeResult::Kind::kUnsatisfiable : RangeResult::Kind::kSatisfiable;
  return result;
}

std::string ContentRange(const ByteRange& range, uint64_t size_bytes) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/" +
         std::to_string(size_bytes);
}

}  // namespace stemscribe::http
