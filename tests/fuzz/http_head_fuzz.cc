// The head of a request, in pieces, and its chunked body.
#include <array>

#include "fuzz.h"
#include "http/http_error.h"
#include "http/message_parser.h"

using namespace stemscribe;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::Text(data, size);
  try {
    http::HeadScanner scanner(8192, 64);
    std::optional<size_t> end;
    for (size_t seen = 0; !end && seen < text.size();) {
      seen = std::min(text.size(), seen + 7);
      end = scanner.Scan(text.substr(0, seen));
    }
    if (!end) return 0;
    fuzz::Check(*end <= text.size());
    http::MessageParser parser;
    http::RequestHead head;
    head.bytes = text.substr(0, *end);
    parser.ParseHead(head);
    if (parser.content_length()) return 0;
    std::string_view body = text.substr(*end);
    std::array<std::byte, 64> out{};
    while (true) {
      const auto step = parser.DecodeChunked(body, out);
      fuzz::Check(step.consumed <= body.size() && step.produced <= out.size());
      body.remove_prefix(step.consumed);
      if (step.complete || (step.consumed == 0 && step.produced == 0)) break;
    }
  } catch (const http::HttpError&) {
  }
  return 0;
}
