#include "base/trace_context.h"

#include <fmt/format.h>

#include <algorithm>

namespace stemscribe {
namespace {

constexpr size_t kTraceAt = 3, kTraceDigits = 32;
constexpr size_t kSpanAt = kTraceAt + kTraceDigits + 1, kSpanDigits = 16;
constexpr size_t kFlagsAt = kSpanAt + kSpanDigits + 1, kFlagsDigits = 2;
constexpr size_t kLength = kFlagsAt + kFlagsDigits;
constexpr size_t kMaxStateLength = 512;
constexpr std::string_view kHexDigits = "0123456789abcdef";  // capitals are not allowed

bool IsHex(std::string_view text) { return text.find_first_not_of(kHexDigits) == text.npos; }
bool IsZero(std::string_view text) { return text.find_first_not_of('0') == text.npos; }

bool IsState(std::string_view text) {
  return text.size() <= kMaxStateLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string_view TraceContext::trace_id() const {
  return parent.empty() ? "" : std::string_view(parent).substr(kTraceAt, kTraceDigits);
}

std::string_view TraceContext::span_id() const {
  return parent.empty() ? "" : std::string_view(parent).substr(kSpanAt, kSpanDigits);
}

std::optional<TraceContext> ParseTraceContext(std::string_view traceparent,
                                              std::string_view tracestate) {
  if (traceparent.size() < kLength) return std::nullopt;
  const std::string_view version = traceparent.substr(0, 2);
  // Later versions may have more parts, and begin as this one does.
  const bool has_right_length =
      traceparent.size() == kLength || (version != "00" && traceparent[kLength] == '-');
  const std::string_view trace = traceparent.substr(kTraceAt, kTraceDigits);
  const std::string_view span = traceparent.substr(kSpanAt, kSpanDigits);
  const std::string_view flags = traceparent.substr(kFlagsAt, kFlagsDigits);
  if (!has_right_length || !IsHex(version) || version == "ff" || !IsHex(trace) || IsZero(trace) ||
      !IsHex(span) || IsZero(span) || !IsHex(flags) || traceparent[2] != '-' ||
      traceparent[kSpanAt - 1] != '-' || traceparent[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  return TraceContext{fmt::format("00-{}-{}-{}", trace, span, flags),
                      std::string(IsState(tracestate) ? tracestate : "")};
}

TraceContext NewSpan(const std::optional<TraceContext>& sender, const TraceBits& bits) {
  const uint64_t span = bits.span | 1;  // never zero
  if (!sender) {
    return {fmt::format("00-{:016x}{:016x}-{:016x}-00", bits.trace_high, bits.trace_low | 1, span),
            ""};
  }
  return {fmt::format("00-{}-{:016x}-{}", sender->trace_id(), span,
                      std::string_view(sender->parent).substr(kFlagsAt)),
          sender->state};
}

}  // namespace stemscribe
