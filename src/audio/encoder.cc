#include "audio/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include "audio/ffmpeg.h"
#include "base/error.h"

namespace stemscribe::audio {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPcmFrameSamples = 8192;  // for codecs that take frames of any size

struct FormatTraits {
  const char* name;  // of the muxer, on the command line and as extension
  const char* encoder;
  AVSampleFormat sample_format;
  int bits;               // of an integer sample; 0: any
  int compression_level;  // of which more costs time: see below
};

// Measured on 4 minutes of pop at 192 kbit/s, CPU seconds (and SNR) by LAME's level: 0: 9.4 (22.4
// dB), 2: 4.4 (22.5), 5: 2.1 (22.7), 7: 1.2 (23.9), 9: as 7. FLAC: 0.45 s and 52.5 MB at level 0,
// 0.46 s and 50.2 MB at 5, 0.84 s and 49.2 MB at 8.
FormatTraits TraitsOf(Format format) {
  switch (format) {
    case Format::kMp3:
      return {"mp3", "libmp3lame", AV_SAMPLE_FMT_FLTP, 0, 7};
    case Format::kFlac:
      return {"flac", "flac", AV_SAMPLE_FMT_S32, 24, 5};
    case Format::kWav:
      return {"wav", "pcm_f32le", AV_SAMPLE_FMT_FLT, 0, 0};
  }
  throw Error(ErrorCode::kInvalidArgument, "no such audio format");
}

/// Throws what an error of the muxer or of the file means.
void CheckWritten(int error, const fs::path& path) {
  if (error >= 0) return;
  if (IsDiskFull(AVUNERROR(error))) throw FileError(AVUNERROR(error), path.string());
  throw Error(ErrorCode::kIo,
              fmt::format("cannot write {}: {}", path.string(), ffmpeg::ErrorText(error)));
}

/// Writes `in` as 24 bits in the upper part of each 32, `stride` apart; returns how many had to be
/// clamped.
int64_t ToInt24(const float* in, size_t num_samples, int32_t* out, size_t stride) {
  constexpr float kFullScale = 1 << 23;
  int64_t clamped = 0;
  for (size_t n = 0; n < num_samples; ++n) {
    const float scaled = std::isnan(in[n]) ? 0 : std::nearbyint(in[n] * kFullScale);
    const float held = std::clamp(scaled, -kFullScale, kFullScale - 1);
    clamped += held != scaled ? 1 : 0;
    out[n * stride] = static_cast<int32_t>(held) * 256;
  }
  return clamped;
}

struct CloseOutput {
  void operator()(AVFormatContext* format) const {
    avio_closep(&format->pb);
    avformat_free_context(format);
  }
};

}  // namespace

std::string_view FormatExtension(Format format) { return TraitsOf(format).name; }

Format ParseFormat(std::string_view name) {
  for (const Format format : {Format::kMp3, Format::kFlac, Format::kWav}) {
    if (name == FormatExtension(format)) return format;
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("unknown audio format \"{}\": mp3, flac or wav", name));
}

struct Encoder::Impl {
  Impl(const fs::path& file, const EncoderOptions& encoder_options);
  ~Impl();

  void OpenCodec();
  void OpenFile();
  void Write(const AudioBuffer& block);
  void SendPending();  // as one frame
  void Drain();        // packets from the codec to the file, all but the last
  void WriteLastPacket();
  void DeclarePadding();
  void Close();
  void Fill(size_t num_samples, const AudioBuffer& block, size_t offset);

  const fs::path path;
  const EncoderOptions options;
  const FormatTraits traits;
  ffmpeg::CodecPtr codec;
  std::unique_ptr<AVFormatContext, CloseOutput> format;
  AVStream* stream = nullptr;  // owned by `format`
  ffmpeg::PacketPtr packet{ffmpeg::NotNull(av_packet_alloc())};
  ffmpeg::PacketPtr last_packet{ffmpeg::NotNull(av_packet_alloc())};  // not yet written
  int64_t num_packets = 0;
  ffmpeg::FramePtr frame{ffmpeg::NotNull(av_frame_alloc())};
  size_t frame_samples = 0;  // in a full frame
  size_t pending = 0;        // samples in the frame that is being filled
  int64_t next_pts = 0;
  int64_t clipped = 0;
  bool is_partial = false;  // the file exists, but is not complete
};

Encoder::Impl::Impl(const fs::path& file, const EncoderOptions& encoder_options)
    : path(file), options(encoder_options), traits(TraitsOf(options.format)) {}

Encoder::Impl::~Impl() {
  format.reset();
  std::error_code ignored;
  if (is_partial) fs::remove(path, ignored);
}

void Encoder::Impl::OpenCodec() {
  ffmpeg::SilenceLog();
  const AVCodec* encoder = avcodec_find_encoder_by_name(traits.encoder);
  if (encoder == nullptr) {
    throw Error(ErrorCode::kProcessingFailed,
                fmt::format("this FFmpeg has no encoder {}", traits.encoder));
  }
  codec.reset(ffmpeg::NotNull(avcodec_alloc_context3(encoder)));
  codec->sample_fmt = traits.sample_format;
  codec->bits_per_raw_sample = traits.bits;
  codec->sample_rate = options.rate_hz;
  codec->time_base = {1, options.rate_hz};
  codec->compression_level = traits.compression_level;
  codec->thread_count = 1;
  if (options.format == Format::kMp3) codec->bit_rate = int64_t{1000} * options.bitrate_kbps;
  av_channel_layout_default(&codec->ch_layout, options.num_channels);
  if (options.num_channels < 1 || options.num_channels > 2 ||
      avcodec_open2(codec.get(), encoder, nullptr) < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} cannot be written at {} Hz, {} channels, {} kbit/s", traits.name,
                            options.rate_hz, options.num_channels, options.bitrate_kbps));
  }
  frame_samples = codec->frame_size > 0 ? static_cast<size_t>(codec->frame_size) : kPcmFrameSamples;
}

void Encoder::Impl::OpenFile() {
  AVFormatContext* raw = nullptr;
  avformat_alloc_output_context2(&raw, nullptr, traits.name, nullptr);
  format.reset(ffmpeg::NotNull(raw));
  stream = ffmpeg::NotNull(avformat_new_stream(raw, nullptr));
  stream->time_base = codec->time_base;
  if (avcodec_parameters_from_context(stream->codecpar, codec.get()) < 0) throw std::bad_alloc();
  for (const auto& [key, value] : options.tags) {
    av_dict_set(&raw->metadata, key.c_str(), value.c_str(), 0);
  }
  const std::string url = "file:" + fs::absolute(path).string();
  CheckWritten(avio_open(&raw->pb, url.c_str(), AVIO_FLAG_WRITE), path);
  is_partial = true;
  ffmpeg::Dictionary muxer_options;
  if (options.format == Format::kWav) muxer_options.Set("rf64", "auto");
  if (options.format == Format::kMp3) muxer_options.Set("id3v2_version", "3");
  CheckWritten(avformat_write_header(raw, muxer_options.get()), path);
}

void Encoder::Impl::Write(const AudioBuffer& block) {
  if (block.empty()) return;
  if (!is_partial || block.rate_hz != options.rate_hz ||
      block.num_channels() != static_cast<size_t>(options.num_channels)) {
    throw Error(ErrorCode::kInvalidArgument, "the encoder was made for another kind of block");
  }
  for (size_t offset = 0; offset < block.num_samples();) {
    const size_t count = std::min(frame_samples - pending, block.num_samples() - offset);
    Fill(count, block, offset);
    offset += count;
    if (pending == frame_samples) SendPending();
  }
}

void Encoder::Impl::Fill(size_t num_samples, const AudioBuffer& block, size_t offset) {
  if (pending == 0) {
    av_frame_unref(frame.get());
    frame->format = traits.sample_format;
    frame->sample_rate = options.rate_hz;
    frame->nb_samples = static_cast<int>(frame_samples);
    av_channel_layout_copy(&frame->ch_layout, &codec->ch_layout);
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  }
  const size_t channels = block.num_channels();
  for (size_t c = 0; c < channels; ++c) {
    const float* in = block.channels[c].data() + offset;
    if (traits.sample_format == AV_SAMPLE_FMT_FLTP) {
      auto* out = reinterpret_cast<float*>(frame->extended_data[c]) + pending;
      std::copy_n(in, num_samples, out);
    } else if (traits.sample_format == AV_SAMPLE_FMT_FLT) {
      auto* out = reinterpret_cast<float*>(frame->data[0]) + pending * channels + c;
      for (size_t n = 0; n < num_samples; ++n) out[n * channels] = in[n];
    } else {
      auto* out = reinterpret_cast<int32_t*>(frame->data[0]) + pending * channels + c;
      clipped += ToInt24(in, num_samples, out, channels);
    }
  }
  pending += num_samples;
}

void Encoder::Impl::SendPending() {
  frame->nb_samples = static_cast<int>(std::exchange(pending, 0));
  frame->pts = next_pts;
  next_pts += frame->nb_samples;
  if (avcodec_send_frame(codec.get(), frame.get()) < 0) {
    throw Error(ErrorCode::kProcessingFailed, fmt::format("encoding {} failed", path.string()));
  }
  Drain();
}

void Encoder::Impl::Drain() {
  for (;;) {
    const int error = avcodec_receive_packet(codec.get(), packet.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return;
    if (error < 0) {
      throw Error(ErrorCode::kProcessingFailed, fmt::format("encoding {} failed", path.string()));
    }
    WriteLastPacket();
    av_packet_move_ref(last_packet.get(), packet.get());
    ++num_packets;
  }
}

void Encoder::Impl::WriteLastPacket() {
  if (num_packets == 0) return;
  av_packet_rescale_ts(last_packet.get(), codec->time_base, stream->time_base);
  last_packet->stream_index = stream->index;
  CheckWritten(av_write_frame(format.get(), last_packet.get()), path);
  av_packet_unref(last_packet.get());
  CheckWritten(format->pb->error, path);
}

// The muxer takes the padding from the last packet. FFmpeg splits it over two packets where it is
// longer than a frame, so that the header would be short of up to 46 samples: declare all of it.
void Encoder::Impl::DeclarePadding() {
  if (options.format != Format::kMp3 || num_packets == 0) return;
  const int64_t padding = num_packets * codec->frame_size - codec->initial_padding - next_pts;
  uint8_t* data =
      ffmpeg::NotNull(av_packet_new_side_data(last_packet.get(), AV_PKT_DATA_SKIP_SAMPLES, 10));
  std::fill_n(data, 10, uint8_t{0});
  for (unsigned i = 0; i < 4; ++i) data[4 + i] = static_cast<uint8_t>(padding >> (8 * i));
}

void Encoder::Impl::Close() {
  if (!is_partial) return;
  if (pending > 0) SendPending();
  avcodec_send_frame(codec.get(), nullptr);
  Drain();
  DeclarePadding();
  WriteLastPacket();
  CheckWritten(av_write_trailer(format.get()), path);
  CheckWritten(format->pb->error, path);
  CheckWritten(avio_closep(&format->pb), path);
  is_partial = false;
}

Encoder::Encoder(const fs::path& path, const EncoderOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {
  impl_->OpenCodec();
  impl_->OpenFile();
}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

void Encoder::Write(const AudioBuffer& block) { impl_->Write(block); }
void Encoder::Close() { impl_->Close(); }
int64_t Encoder::clipped_samples() const { return impl_->clipped; }

}  // namespace stemscribe::audio
