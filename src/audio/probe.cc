#include "audio/probe.h"

#include <boost/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "audio/decoder.h"
#include "audio/describe_input.h"
#include "base/error.h"

namespace stemscribe::audio {
namespace {

namespace json = boost::json;

/// What can be told of a file that has no decoder, too.
std::optional<StreamInfo> Describe(const std::filesystem::path& path, const std::stop_token& stop) {
  try {
    return DescribeInput(OpenContainer(path, stop));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    return std::nullopt;
  }
}

json::value TextOrNull(const std::string& text) {
  return text.empty() ? json::value() : json::value(text);
}

json::value PositiveOrNull(int64_t number) {
  return number > 0 ? json::value(number) : json::value();
}

}  // namespace

ProbeResult Probe(const std::filesystem::path& path, const std::stop_token& stop) {
  ProbeResult result;
  std::error_code no_size;
  const auto size = std::filesystem::file_size(path, no_size);
  if (!no_size) result.size_bytes = static_cast<int64_t>(size);
  std::optional<StreamInfo> info;
  try {
    Decoder decoder(path, {.block_samples = 4096, .stop = stop});
    info = decoder.info();
    // A header may promise what the rest does not hold.
    AudioBuffer block;
    decoder.Read(block);
    result.decodable = true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    result.why_not = error.what();
  }
  if (!info) info = Describe(path, stop);
  if (info) result.info = *std::move(info);
  return result;
}

json::object ToJson(const ProbeResult& result) {
  const StreamInfo& info = result.info;
  json::object tags;
  for (const auto& [key, value] : info.tags) tags[key] = value;
  return {{"container", TextOrNull(info.container)},
          {"codec", TextOrNull(info.codec)},
          {"duration", info.duration_sec ? json::value(*info.duration_sec) : json::value()},
          {"duration_is_exact", info.duration_is_exact},
          {"rate_hz", PositiveOrNull(info.rate_hz)},
          {"channels", PositiveOrNull(info.num_channels)},
          {"channel_layout", TextOrNull(info.channel_layout)},
          {"sample_format", TextOrNull(info.sample_format)},
          {"bits_per_sample", PositiveOrNull(info.bits_per_sample)},
          {"bit_rate", PositiveOrNull(info.bit_rate)},
          {"size_bytes", result.size_bytes},
          {"has_video", info.has_video},
          {"tags", std::move(tags)},
          {"decodable", result.decodable},
          {"why_not", TextOrNull(result.why_not)}};
}

}  // namespace stemscribe::audio
