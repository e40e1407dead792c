#include "audio/stream_info.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "audio/describe_input.h"
#include "base/utf8.h"

namespace stemscribe::audio {
namespace {

constexpr size_t kMaxTagBytes = 1000;

std::string FirstName(const char* names) {
  const std::string all = names == nullptr ? "" : names;
  return all.substr(0, all.find(','));
}

void AddTags(const AVDictionary* dictionary, std::map<std::string, std::string>& tags) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    std::string key = CleanText(entry->key);
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::string value = CleanText(entry->value);
    if (!key.empty() && !value.empty()) tags.emplace(key, value);
  }
}

void DescribeDuration(const Input& input, StreamInfo& info) {
  const AVFormatContext& format = *input.format;
  const AVStream& stream = *input.stream;
  if (stream.duration > 0) {
    info.duration_sec = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  } else if (format.duration > 0) {
    info.duration_sec = static_cast<double>(format.duration) / AV_TIME_BASE;
  }
  // The header of an MP3 counts the delay and the padding too; the padding, of at most two frames,
  // stays unknown here.
  if (info.duration_sec && info.container == "mp3" && stream.start_time > 0) {
    *info.duration_sec -= static_cast<double>(stream.start_time) * av_q2d(stream.time_base);
  }
  info.duration_is_exact = info.duration_sec &&
                           format.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE &&
                           (stream.duration > 0 || !info.has_video);
}

}  // namespace

std::string CleanText(std::string_view text) { return ToPlainLine(text, kMaxTagBytes); }

StreamInfo DescribeInput(const Input& input) {
  const AVCodecParameters& parameters = *input.stream->codecpar;
  StreamInfo info;
  info.container = FirstName(input.format->iformat->name);
  info.codec = avcodec_get_name(parameters.codec_id);
  info.rate_hz = parameters.sample_rate;
  info.num_channels = parameters.ch_layout.nb_channels;
  std::array<char, 128> layout{};
  if (av_channel_layout_describe(&parameters.ch_layout, layout.data(), layout.size()) > 0) {
    info.channel_layout = layout.data();
  }
  const char* sample_format =
      av_get_sample_fmt_name(static_cast<AVSampleFormat>(parameters.format));
  info.sample_format = sample_format == nullptr ? "" : sample_format;
  const AVCodecDescriptor* codec = avcodec_descriptor_get(parameters.codec_id);
  if (codec != nullptr && (codec->props & AV_CODEC_PROP_LOSSLESS) != 0) {
    info.bits_per_sample = parameters.bits_per_raw_sample > 0
                               ? parameters.bits_per_raw_sample
                               : av_get_bits_per_sample(parameters.codec_id);
  }
  info.bit_rate = parameters.bit_rate > 0 ? parameters.bit_rate : input.format->bit_rate;
  for (unsigned i = 0; i < input.format->nb_streams; ++i) {
    const AVStream& other = *input.format->streams[i];
    info.has_video |= other.codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
                      (other.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
  }
  DescribeDuration(input, info);
  AddTags(input.format->metadata, info.tags);
  AddTags(input.stream->metadata, info.tags);
  return info;
}

}  // namespace stemscribe::audio
