// Where in a distributed trace a request stands: the headers `traceparent` and `tracestate` of the
// W3C's Trace Context.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stemscribe {

struct TraceContext {
  std::string parent{};  // a traceparent: "00-<trace id, 32 hex>-<span id, 16 hex>-<flags, 2 hex>"
  std::string state{};   // the tracestate of other tools, as it came; empty: none

  /// The part of `parent` that all of a trace share; empty if there is none.
  std::string_view trace_id() const;
  /// Who caused what follows: the span of the sender.
  std::string_view span_id() const;
};

/// The context of a sender, or nullopt if its traceparent is malformed: then a new trace begins.
/// A tracestate longer than the 512 characters that must be passed on is left out.
std::optional<TraceContext> ParseTraceContext(std::string_view traceparent,
                                              std::string_view tracestate);

/// Random bits: of a new trace's id, and of a span's.
struct TraceBits {
  uint64_t trace_high = 0;
  uint64_t trace_low = 0;
  uint64_t span = 0;
};

/// A span of our own in the trace of `sender`, or, without one, in a new trace that is not sampled.
TraceContext NewSpan(const std::optional<TraceContext>& sender, const TraceBits& bits);

}  // namespace stemscribe
