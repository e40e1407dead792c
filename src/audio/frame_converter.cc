#include "audio/frame_converter.h"

#include <cmath>

#include "base/error.h"

namespace stemscribe::audio {
namespace {

constexpr int kMinRateHz = 2000;  // a lower rate would make hours of sound of a small file
constexpr int kMaxRateHz = 768000;
constexpr float kLargestSample = 1e6F;  // floats scaled as integers stay below this

AVChannelLayout LayoutOf(const AVFrame& frame) {
  AVChannelLayout layout = frame.ch_layout;
  // Layouts that name no speakers, and mono on any speaker, are read as the usual one of that
  // count.
  if (layout.order != AV_CHANNEL_ORDER_NATIVE || layout.nb_channels == 1) {
    av_channel_layout_default(&layout, frame.ch_layout.nb_channels);
  }
  return layout;
}

ffmpeg::SwrPtr MakeMixer(AVChannelLayout in, AVChannelLayout out, AVSampleFormat format,
                         int rate_hz) {
  SwrContext* raw = nullptr;
  if (swr_alloc_set_opts2(&raw, &out, AV_SAMPLE_FMT_FLTP, rate_hz, &in, format, rate_hz, 0,
                          nullptr) < 0) {
    return nullptr;
  }
  ffmpeg::SwrPtr swr(raw);
  av_opt_set_double(raw, "rematrix_maxval", 1.0, 0);
  if (swr_init(raw) < 0) return nullptr;
  return swr;
}

}  // namespace

FrameConverter::FrameConverter(const AVFrame& frame, int out_channels)
    : rate_hz_(frame.sample_rate),
      format_(frame.format),
      layout_(LayoutOf(frame)),
      mixed_channels_(layout_.nb_channels == 1 ? 1 : static_cast<size_t>(out_channels)),
      out_channels_(static_cast<size_t>(out_channels)) {
  AVChannelLayout mixed;
  av_channel_layout_default(&mixed, static_cast<int>(mixed_channels_));
  const auto format = static_cast<AVSampleFormat>(format_);
  if (rate_hz_ >= kMinRateHz && rate_hz_ <= kMaxRateHz)
    swr_ = MakeMixer(layout_, mixed, format, rate_hz_);
  if (!swr_) {
    throw Error(ErrorCode::kInvalidAudioFile,
                "The rate or the channels of the audio are not supported.");
  }
}

bool FrameConverter::Matches(const AVFrame& frame) const {
  const AVChannelLayout layout = LayoutOf(frame);
  return frame.sample_rate == rate_hz_ && frame.format == format_ &&
         av_channel_layout_compare(&layout, &layout_) == 0;
}

AudioBuffer FrameConverter::Convert(const AVFrame& frame) {
  const auto num_samples = static_cast<size_t>(frame.nb_samples);
  AudioBuffer out = AudioBuffer::Zeros(rate_hz_, mixed_channels_, num_samples);
  auto planes = ffmpeg::Planes(out);
  const auto** in = const_cast<const uint8_t**>(frame.extended_data);
  const int written =
      swr_convert(swr_.get(), planes.data(), frame.nb_samples, in, frame.nb_samples);
  if (written != frame.nb_samples) {
    throw Error(ErrorCode::kProcessingFailed, "cannot convert the samples of a frame");
  }
  Clean(out);
  if (mixed_channels_ < out_channels_) out.channels.push_back(out.channels[0]);
  return out;
}

void FrameConverter::Clean(AudioBuffer& buffer) {
  for (auto& channel : buffer.channels) {
    for (float& sample : channel) {
      if (std::abs(sample) <= kLargestSample) continue;  // false for NaN too
      sample = 0;
      ++invalid_samples_;
    }
  }
}

}  // namespace stemscribe::audio
