// What a file is, and whether it can be decoded.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "audio/stream_info.h"

namespace stemscribe::audio {

struct ProbeResult {
  StreamInfo info;  // as far as known
  int64_t size_bytes = 0;
  bool decodable = false;
  std::string why_not;  // one sentence for users if not decodable, else empty
};

/// Opens `path` and decodes its first block; never throws for a bad file. Throws Error{kCancelled}
/// on a stop.
ProbeResult Probe(const std::filesystem::path& path, const std::stop_token& stop = {});

/// {"container", "codec", "duration", "duration_is_exact", "rate_hz", "channels", "channel_layout",
/// "sample_format", "bits_per_sample", "bit_rate", "size_bytes", "has_video", "tags": {…},
/// "decodable", "why_not"}; null for what is unknown.
boost::json::object ToJson(const ProbeResult& result);

}  // namespace stemscribe::audio
