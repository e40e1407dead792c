#include "http/compression.h"

#include <brotli/encode.h>
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/error.h"
#include "http/content_disposition.h"
#include "http/headers.h"

namespace stemscribe::http {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // zlib's way to ask for the gzip format

// The weight of a coding in thousandths; -1 if it is not listed.
int Weight(std::string_view accept, std::string_view coding) {
  while (!accept.empty()) {
    const size_t comma = std::min(accept.find(','), accept.size());
    const std::string_view item = accept.substr(0, comma);
    accept.remove_prefix(std::min(comma + 1, accept.size()));
    if (!EqualsIgnoreCase(TrimBlanks(item.substr(0, item.find(';'))), coding)) continue;
    const auto q = HeaderParameter(item, "q");
    return q ? static_cast<int>(
                   std::lround(std::clamp(std::strtod(q->c_str(), nullptr), 0.0, 1.0) * 1000))
             : 1000;
  }
  return -1;
}

int IdentityWeight(std::string_view accept) {
  const int identity = Weight(accept, "identity");
  if (identity >= 0) return identity;
  return Weight(accept, "*") == 0 ? 0 : 1;  // not listed: acceptable, but last
}

// Zero if it is forbidden, or only `*` might mean it and forbids it.
int CodingWeight(std::string_view accept, std::string_view coding) {
  const int weight = Weight(accept, coding);
  return std::max(0, weight >= 0 ? weight : Weight(accept, "*"));
}

int GzipWeight(std::string_view accept) {
  const int old_name = Weight(accept, "x-gzip");
  return old_name > Weight(accept, "gzip") ? old_name : CodingWeight(accept, "gzip");
}

std::string Brotli(std::string_view data) {
  constexpr int kQuality = 5;  // about as quick as gzip here, and a tenth smaller or better
  std::string out(BrotliEncoderMaxCompressedSize(data.size()), '\0');
  size_t size = out.size();
  const bool ok = !out.empty() && BrotliEncoderCompress(
                                      kQuality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT,
                                      data.size(), reinterpret_cast<const uint8_t*>(data.data()),
                                      &size, reinterpret_cast<uint8_t*>(out.data())) == BROTLI_TRUE;
  if (!ok) throw Error(ErrorCode::kInternal, "Brotli cannot compress");
  out.resize(size);
  return out;
}

z_stream* NewStream() { return new z_stream(); }

}  // namespace

Coding ChooseCoding(std::optional<std::string_view> accept_encoding) {
  if (!accept_encoding) return Coding::kIdentity;
  const int brotli = CodingWeight(*accept_encoding, "br");
  const int gzip = GzipWeight(*accept_encoding);
  const int best = std::max(brotli, gzip);
  if (best == 0 || best < IdentityWeight(*accept_encoding)) return Coding::kIdentity;
  return brotli == best ? Coding::kBrotli : Coding::kGzip;
}

std::string_view CodingName(Coding coding) {
  switch (coding) {
    case Coding::kGzip:
      return "gzip";
    case Coding::kBrotli:
      return "br";
    case Coding::kIdentity:
      break;
  }
  return {};
}

std::string Encode(Coding coding, std::string_view data) {
  switch (coding) {
    case Coding::kGzip:
      return Gzip(data);
    case Coding::kBrotli:
      return Brotli(data);
    case Coding::kIdentity:
      break;
  }
  return std::string(data);
}

bool AcceptsGzip(std::optional<std::string_view> accept_encoding) {
  if (!accept_encoding) return false;
  const int gzip = GzipWeight(*accept_encoding);
  return gzip > 0 && gzip >= IdentityWeight(*accept_encoding);
}

bool AcceptsIdentity(std::optional<std::string_view> accept_encoding) {
  return !accept_encoding || IdentityWeight(*accept_encoding) > 0;
}

bool IsCompressible(std::string_view content_type) {
  const std::string_view type = TrimBlanks(content_type.substr(0, content_type.find(';')));
  if (EqualsIgnoreCase(type, "text/event-stream")) return false;
  if (EqualsIgnoreCase(type.substr(0, 5), "text/")) return true;
  if (type.ends_with("+json") || type.ends_with("+xml")) return true;
  constexpr std::array<std::string_view, 5> kTypes = {"application/json", "application/javascript",
                                                      "application/xml", "application/wasm",
                                                      "application/yaml"};
  return std::any_of(kTypes.begin(), kTypes.end(),
                     [type](auto known) { return EqualsIgnoreCase(type, known); });
}

std::string Gzip(std::string_view data, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(ErrorCode::kInternal, "zlib cannot start to compress");
  }
  std::string out(deflateBound(&stream, data.size()), '\0');
  if (data.size() > std::numeric_limits<uInt>::max() ||
      out.size() > std::numeric_limits<uInt>::max()) {
    deflateEnd(&stream);
    throw Error(ErrorCode::kInternal, "text too long to compress at once");
  }
  stream.next_in = reinterpret_cast<const Bytef*>(data.data());
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw Error(ErrorCode::kInternal, "zlib cannot compress");
  return out;
}

void GzipReader::Free::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

GzipReader::GzipReader() : stream_(NewStream()) {
  if (inflateInit2(stream_.get(), kGzipWindowBits) != Z_OK) {
    throw Error(ErrorCode::kInternal, "zlib cannot start to decompress");
  }
}

GzipReader::~GzipReader() = default;

std::string GzipReader::Inflate(std::span<const std::byte>& in, size_t max_bytes) {
  std::string out(max_bytes, '\0');
  stream_->next_out = reinterpret_cast<Bytef*>(out.data());
  stream_->avail_out = static_cast<uInt>(max_bytes);
  stream_->next_in = reinterpret_cast<const Bytef*>(in.data());
  stream_->avail_in = static_cast<uInt>(in.size());
  while (stream_->avail_out > 0) {
    if (finished_) {
      if (stream_->avail_in == 0) break;
      inflateReset(stream_.get());  // gzip files may be several, one after the other
      finished_ = false;
    }
    const int result = inflate(stream_.get(), Z_NO_FLUSH);
    if (result == Z_BUF_ERROR) break;  // wants more input
    if (result != Z_OK && result != Z_STREAM_END) throw Error(ErrorCode::kIo, "corrupt gzip data");
    finished_ = result == Z_STREAM_END;
  }
  in = in.last(stream_->avail_in);
  out.resize(max_bytes - stream_->avail_out);
  return out;
}

}  // namespace stemscribe::http
