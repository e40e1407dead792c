// A form with the boundary "b": what comes out does not depend on how it was cut.
#include "fuzz.h"
#include "http/http_error.h"
#include "http/multipart.h"

using namespace stemscribe;

namespace {

/// All that came out, and whether it was refused.
std::string Parse(std::string_view text, size_t piece) {
  std::string out;
  try {
    http::MultipartParser parser(
        "b", {},
        {.on_part = [&](const http::PartInfo& part) { out += "<" + part.name + "|"; },
         .on_data =
             [&](std::span<const std::byte> bytes) {
               out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
             },
         .on_part_end = [&] { out += ">"; }});
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
      parser.Push(fuzz::Bytes(text.substr(0, piece)));
    }
    parser.Finish();
  } catch (const http::HttpError&) {
    return "refused";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::Text(data, size);
  try {
    http::MultipartBoundary(text);
  } catch (const http::HttpError&) {
  }
  const std::string whole = Parse(text, text.size());
  fuzz::Check(whole == Parse(text, 1));
  fuzz::Check(whole == Parse(text, 5));
  return 0;
}
