#include "audio/trimmer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace stemscribe::audio {
namespace {

/// Delay that every file of a codec has, whatever its encoder: what the overlap of its transform
/// alone takes.
int64_t LeastDelay(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_MP3:
      return 529;
    case AV_CODEC_ID_MP2:
      return 481;
    case AV_CODEC_ID_AAC:
      return 1024;
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
      return 256;
    default:
      return 0;
  }
}

std::string_view Tag(const AVDictionary* tags, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(tags, key, nullptr, 0);
  return entry == nullptr ? "" : entry->value;
}

/// The length that an MP4 file declares: to the sample in Apple's iTunSMPB tag, else by the edit
/// list, whose unit is often the millisecond.
std::optional<int64_t> DeclaredSamples(const Input& input) {
  const AVStream& stream = *input.stream;
  if (std::string_view(input.format->iformat->name).find("mp4") == std::string_view::npos ||
      stream.duration <= 0) {
    return std::nullopt;
  }
  const double rate_hz = stream.codecpar->sample_rate;
  const double by_edit_list =
      static_cast<double>(stream.duration) * av_q2d(stream.time_base) * rate_hz;
  unsigned long long by_tag = 0;
  const std::string tag(Tag(input.format->metadata, "iTunSMPB"));
  if (std::sscanf(tag.c_str(), "%*x %*x %*x %llx", &by_tag) == 1 &&
      std::abs(static_cast<double>(by_tag) - by_edit_list) < 0.2 * rate_hz) {
    return static_cast<int64_t>(by_tag);
  }
  return static_cast<int64_t>(std::ceil(by_edit_list + 0.001 * rate_hz));
}

bool IsHighEfficiency(const AVCodecParameters& parameters) {
  return parameters.codec_id == AV_CODEC_ID_AAC &&
         (parameters.profile == FF_PROFILE_AAC_HE || parameters.profile == FF_PROFILE_AAC_HE_V2);
}

uint32_t LittleEndian32(const uint8_t* bytes) {
  uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= static_cast<uint32_t>(bytes[i]) << (8 * i);
  return value;
}

}  // namespace

Trimmer::Trimmer(const Input& input)
    : codec_id_(input.stream->codecpar->codec_id),
      is_high_efficiency_(IsHighEfficiency(*input.stream->codecpar)),
      is_written_by_ffmpeg_(Tag(input.format->metadata, "encoder").starts_with("Lavf")),
      declared_samples_(DeclaredSamples(input)) {}

int64_t Trimmer::SkipOf(const AVFrame& frame, uint32_t declared) {
  const bool is_wma = codec_id_ == AV_CODEC_ID_WMAV1 || codec_id_ == AV_CODEC_ID_WMAV2;
  // The decoder takes two frames off, as Microsoft's files need; those of FFmpeg's encoder are one
  // late.
  if (is_wma && is_written_by_ffmpeg_) return declared / 2;
  if (declared > 0) return declared;
  if (!is_first_ || (frame.flags & AV_FRAME_FLAG_DISCARD) != 0) return 0;
  return LeastDelay(codec_id_) * (is_high_efficiency_ ? 2 : 1);
}

Trimmer::Cut Trimmer::CutOf(const AVFrame& frame) {
  uint32_t declared_skip = 0;
  uint32_t declared_discard = 0;
  const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_SKIP_SAMPLES);
  if (data != nullptr && data->size >= 8) {
    declared_skip = LittleEndian32(data->data);
    declared_discard = LittleEndian32(data->data + 4);
  }
  if (const int64_t skip = SkipOf(frame, declared_skip); skip > 0) to_skip_ = skip;
  is_first_ = false;
  const int64_t num_samples = frame.nb_samples;
  Cut cut{std::min(to_skip_, num_samples), 0};
  to_skip_ -= cut.head;
  if ((frame.flags & AV_FRAME_FLAG_DISCARD) != 0) return {num_samples, 0};
  const int64_t kept = num_samples - cut.head;
  // Samples came after the declared end: the container lies.
  if (declared_samples_ && kept > 0 && kept_samples_ > *declared_samples_)
    declared_samples_.reset();
  kept_samples_ += kept;
  const int64_t beyond = declared_samples_ ? kept_samples_ - *declared_samples_ : 0;
  cut.tail = std::clamp<int64_t>(std::max<int64_t>(declared_discard, beyond), 0, kept);
  return cut;
}

}  // namespace stemscribe::audio
