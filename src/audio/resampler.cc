#include "audio/resampler.h"

#include <algorithm>

#include "audio/ffmpeg.h"
#include "base/error.h"

namespace stemscribe::audio {
namespace {

// libsoxr's "high quality": errors below −120 dB, passband to 91 % of the lower Nyquist frequency.
// Were FFmpeg built without it, its own resampler with a filter of twice the usual length comes
// near.
constexpr double kSoxrPrecisionBits = 20;
constexpr int kNativeFilterSize = 64;
constexpr double kNativeCutoff = 0.97;

ffmpeg::SwrPtr MakeSwr(int in_rate_hz, int out_rate_hz, int num_channels, bool use_soxr) {
  AVChannelLayout layout;
  av_channel_layout_default(&layout, num_channels);
  SwrContext* raw = nullptr;
  swr_alloc_set_opts2(&raw, &layout, AV_SAMPLE_FMT_FLTP, out_rate_hz, &layout, AV_SAMPLE_FMT_FLTP,
                      in_rate_hz, 0, nullptr);
  ffmpeg::SwrPtr swr(ffmpeg::NotNull(raw));
  if (use_soxr) {
    av_opt_set_int(raw, "resampler", SWR_ENGINE_SOXR, 0);
    av_opt_set_double(raw, "precision", kSoxrPrecisionBits, 0);
  } else {
    av_opt_set_int(raw, "filter_size", kNativeFilterSize, 0);
    av_opt_set_double(raw, "cutoff", kNativeCutoff, 0);
  }
  if (swr_init(raw) < 0) return nullptr;
  return swr;
}

}  // namespace

struct Resampler::Impl {
  int in_rate_hz;
  int out_rate_hz;
  size_t num_channels;
  ffmpeg::SwrPtr swr = {};  // none until the first samples of a stream
  int64_t num_in = 0;
  int64_t num_out = 0;

  void Start();
  AudioBuffer Convert(const AudioBuffer* in);
  int64_t TotalOut() const;
};

void Resampler::Impl::Start() {
  const int channels = static_cast<int>(num_channels);
  swr = MakeSwr(in_rate_hz, out_rate_hz, channels, true);
  if (!swr) swr = MakeSwr(in_rate_hz, out_rate_hz, channels, false);
  if (!swr) throw Error(ErrorCode::kProcessingFailed, "cannot start the resampler");
}

int64_t Resampler::Impl::TotalOut() const {
  return av_rescale_rnd(num_in, out_rate_hz, in_rate_hz, AV_ROUND_NEAR_INF);
}

AudioBuffer Resampler::Impl::Convert(const AudioBuffer* in) {
  const int in_samples = in == nullptr ? 0 : static_cast<int>(in->num_samples());
  const int room = std::max(0, swr_get_out_samples(swr.get(), in_samples)) + 64;
  AudioBuffer out = AudioBuffer::Zeros(out_rate_hz, num_channels, static_cast<size_t>(room));
  auto out_planes = ffmpeg::Planes(out);
  std::vector<const uint8_t*> in_planes;
  if (in != nullptr) in_planes = ffmpeg::Planes(*in);
  const int written = swr_convert(swr.get(), out_planes.data(), room,
                                  in == nullptr ? nullptr : in_planes.data(), in_samples);
  if (written < 0) {
    throw Error(ErrorCode::kProcessingFailed, "resampling failed: " + ffmpeg::ErrorText(written));
  }
  for (auto& channel : out.channels) channel.resize(static_cast<size_t>(written));
  return out;
}

Resampler::Resampler(int in_rate_hz, int out_rate_hz, int num_channels) {
  if (in_rate_hz <= 0 || out_rate_hz <= 0 || num_channels <= 0) {
    throw Error(ErrorCode::kInvalidArgument, "a resampler needs positive rates and channels");
  }
  impl_ = std::make_unique<Impl>(Impl{in_rate_hz, out_rate_hz, static_cast<size_t>(num_channels)});
}
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

AudioBuffer Resampler::Push(const AudioBuffer& in) {
  Impl& impl = *impl_;
  if (in.empty()) return AudioBuffer::Zeros(impl.out_rate_hz, impl.num_channels, 0);
  if (in.rate_hz != impl.in_rate_hz || in.num_channels() != impl.num_channels) {
    throw Error(ErrorCode::kInvalidArgument, "the resampler was made for another kind of block");
  }
  if (impl.in_rate_hz == impl.out_rate_hz) return in;
  if (!impl.swr) impl.Start();
  impl.num_in += static_cast<int64_t>(in.num_samples());
  AudioBuffer out = impl.Convert(&in);
  impl.num_out += static_cast<int64_t>(out.num_samples());
  return out;
}

AudioBuffer Resampler::Flush() {
  Impl& impl = *impl_;
  AudioBuffer rest = AudioBuffer::Zeros(impl.out_rate_hz, impl.num_channels, 0);
  if (!impl.swr) return rest;
  rest = impl.Convert(nullptr);
  // The engine may be off by a sample of silence at the very end: the length promised is exact.
  const int64_t wanted = std::max<int64_t>(0, impl.TotalOut() - impl.num_out);
  for (auto& channel : rest.channels) channel.resize(static_cast<size_t>(wanted));
  impl.swr.reset();
  impl.num_in = 0;
  impl.num_out = 0;
  return rest;
}

}  // namespace stemscribe::audio
