// Content codings: which one a client takes; gzip and Brotli.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct z_stream_s;

namespace stemscribe::http {

enum class Coding { kIdentity, kGzip, kBrotli };

/// The coding that an Accept-Encoding value weighs most; of equals Brotli, then gzip (RFC 9110,
/// 12.5.3). Without the header identity: it is the safe choice.
Coding ChooseCoding(std::optional<std::string_view> accept_encoding);

/// As Content-Encoding has it: "br", "gzip"; empty for identity.
std::string_view CodingName(Coding coding);

/// The whole of `data` in this coding. Blocks: run it on a BlockingPool. Throws Error{kInternal} if
/// the library fails.
std::string Encode(Coding coding, std::string_view data);

/// Whether an Accept-Encoding value takes gzip with a weight above zero and not below that of
/// identity (RFC 9110, 12.5.3). An absent header does not: identity is the safe choice.
bool AcceptsGzip(std::optional<std::string_view> accept_encoding);

/// Whether identity is not forbidden ("identity;q=0", or "*;q=0" without identity).
bool AcceptsIdentity(std::optional<std::string_view> accept_encoding);

/// Whether bodies of this type get smaller: text, JSON, XML, SVG, JavaScript, WebAssembly. Event
/// streams do not count.
bool IsCompressible(std::string_view content_type);

/// The whole of `data` as a gzip file. Blocks: run it on a BlockingPool. Throws Error{kInternal} if
/// zlib fails.
std::string Gzip(std::string_view data, int level = 5);

/// Decompresses gzip data that comes in pieces. Not thread-safe.
class GzipReader {
 public:
  GzipReader();
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  /// Takes bytes from the front of `in` and returns up to `max_bytes` of output; call until `in` is
  /// empty and the result too. Throws Error{kIo} on corrupt data.
  std::string Inflate(std::span<const std::byte>& in, size_t max_bytes);

  /// Whether the last member of the file is complete.
  bool finished() const { return finished_; }

 private:
  struct Free {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, Free> stream_;
  bool finished_ = false;
};

}  // namespace stemscribe::http
