#include "audio/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "audio/describe_input.h"
#include "audio/frame_converter.h"
#include "audio/frame_reader.h"
#include "audio/resampler.h"
#include "audio/trimmer.h"
#include "base/error.h"

namespace stemscribe::audio {
namespace {

constexpr double kShortBySec = 0.1;  // a song shorter by this than its header says has lost its end

void Append(AudioBuffer& all, const AudioBuffer& block) {
  for (size_t c = 0; c < all.num_channels() && !block.empty(); ++c) {
    all.channels[c].insert(all.channels[c].end(), block.channels[c].begin(),
                           block.channels[c].end());
  }
}

/// Removes the samples from `first` on and returns them.
AudioBuffer CutTail(AudioBuffer& block, size_t first) {
  AudioBuffer tail{block.rate_hz, {}};
  for (auto& channel : block.channels) {
    tail.channels.emplace_back(channel.begin() + static_cast<ptrdiff_t>(first), channel.end());
    channel.resize(first);
  }
  return tail;
}

/// Removes up to `count` samples at the start and returns them.
AudioBuffer CutHead(AudioBuffer& block, size_t count) {
  AudioBuffer tail = CutTail(block, std::min(count, block.num_samples()));
  std::swap(block, tail);
  return tail;
}

/// Whether a WAV file is shorter than its header says, which FFmpeg keeps to itself.
bool IsCutOffWav(const std::filesystem::path& path) {
  constexpr uint32_t kUnknownSize =
      0x7FFF0000;  // what programs that write to a pipe put there, and more
  std::array<unsigned char, 8> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), head.size());
  if (!file || std::string_view(reinterpret_cast<char*>(head.data()), 4) != "RIFF") return false;
  uint32_t size = 0;
  for (size_t i = 0; i < 4; ++i) size |= static_cast<uint32_t>(head[4 + i]) << (8 * i);
  std::error_code error;
  const auto file_size = std::filesystem::file_size(path, error);
  return !error && size < kUnknownSize && size > file_size;
}

}  // namespace

struct Decoder::Impl {
  Impl(const std::filesystem::path& path, const DecoderOptions& decoder_options)
      : options(decoder_options),
        input(OpenInput(path, options.stop)),
        reader(input),
        trimmer(input),
        info(DescribeInput(input)),
        is_cut_off(IsCutOffWav(path)),
        ready(AudioBuffer::Zeros(options.rate_hz, static_cast<size_t>(options.num_channels), 0)) {}

  void Accept(const AVFrame& frame);
  void Emit(const AudioBuffer& block);
  void EmitSilence(int64_t num_samples, int rate_hz);
  void Finish();
  void AdoptKindOf(const AVFrame& frame);
  void AddWarnings();

  const DecoderOptions options;
  Input input;
  FrameReader reader;
  Trimmer trimmer;
  StreamInfo info;
  bool is_cut_off;
  std::unique_ptr<FrameConverter> converter;  // for the kind of frames that come now
  std::unique_ptr<Resampler> resampler;       // from their rate
  AudioBuffer held;   // padding if the file ends here, music if it goes on: headers lie
  AudioBuffer ready;  // at the rate asked for
  double decoded_sec = 0;
  int64_t invalid_samples = 0;
  bool ended = false;
  std::vector<std::string> warnings;
};

void Decoder::Impl::AdoptKindOf(const AVFrame& frame) {
  if (converter && converter->Matches(frame)) return;
  Emit(std::exchange(held, {}));
  if (converter) invalid_samples += converter->invalid_samples();
  const bool same_rate = converter && converter->rate_hz() == frame.sample_rate;
  converter = std::make_unique<FrameConverter>(frame, options.num_channels);
  if (same_rate) return;
  if (resampler) Append(ready, resampler->Flush());
  resampler = std::make_unique<Resampler>(frame.sample_rate, options.rate_hz, options.num_channels);
}

void Decoder::Impl::Accept(const AVFrame& frame) {
  AdoptKindOf(frame);
  const Trimmer::Cut cut = trimmer.CutOf(frame);
  if (cut.head == frame.nb_samples) return;
  AudioBuffer block = converter->Convert(frame);
  CutHead(block, static_cast<size_t>(cut.head));
  AudioBuffer padding = CutTail(block, block.num_samples() - static_cast<size_t>(cut.tail));
  if (!block.empty()) {
    Emit(std::exchange(held, {}));
    EmitSilence(reader.lost_samples(), frame.sample_rate);
    Emit(block);
  }
  if (held.empty()) {
    held = std::move(padding);
  } else {
    Append(held, padding);
  }
}

void Decoder::Impl::EmitSilence(int64_t num_samples, int rate_hz) {
  if (num_samples <= 0) return;
  Emit(AudioBuffer::Zeros(rate_hz, static_cast<size_t>(options.num_channels),
                          static_cast<size_t>(num_samples)));
}

void Decoder::Impl::Emit(const AudioBuffer& block) {
  if (block.empty()) return;
  decoded_sec += block.duration_sec();
  Append(ready, resampler->Push(block));
}

void Decoder::Impl::Finish() {
  ended = true;
  if (resampler) Append(ready, resampler->Flush());
  if (converter) invalid_samples += converter->invalid_samples();
  if (decoded_sec <= 0) {
    throw Error(ErrorCode::kInvalidAudioFile, reader.damaged_packets() > 0
                                                  ? "The audio is damaged throughout."
                                                  : "The file holds no audio samples.");
  }
  AddWarnings();
}

void Decoder::Impl::AddWarnings() {
  if (reader.damaged_packets() > 0) {
    const int64_t count = reader.damaged_packets();
    warnings.push_back(fmt::format("Left out {} damaged part{} of the file, {}at {:.1f} s.", count,
                                   count == 1 ? "" : "s", count == 1 ? "" : "the first ",
                                   reader.first_damage_sec().value_or(0)));
  }
  if (invalid_samples > 0) {
    warnings.push_back(
        fmt::format("{} invalid samples (not a number, or far beyond full scale) were set to 0.",
                    invalid_samples));
  }
  const double header_sec = info.duration_is_exact ? info.duration_sec.value_or(0) : 0;
  if (decoded_sec < header_sec - kShortBySec) {
    warnings.push_back(fmt::format("The file ends early: {:.1f} s of the {:.1f} s in its header.",
                                   decoded_sec, header_sec));
  } else if (is_cut_off) {
    warnings.push_back(fmt::format("The file ends early: at {:.1f} s.", decoded_sec));
  }
}

Decoder::Decoder(const std::filesystem::path& path, const DecoderOptions& options) {
  if (options.rate_hz <= 0 || options.num_channels < 1 || options.num_channels > 2 ||
      options.block_samples == 0) {
    throw Error(ErrorCode::kInvalidArgument, "a decoder gives 1 or 2 channels at a positive rate");
  }
  impl_ = std::make_unique<Impl>(path, options);
}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

bool Decoder::Read(AudioBuffer& block) {
  Impl& impl = *impl_;
  while (!impl.ended && impl.ready.num_samples() < impl.options.block_samples) {
    if (const AVFrame* frame = impl.reader.Next()) {
      impl.Accept(*frame);
    } else {
      impl.Finish();
    }
  }
  block = CutHead(impl.ready, impl.options.block_samples);
  return !block.empty();
}

const StreamInfo& Decoder::info() const { return impl_->info; }
const std::vector<std::string>& Decoder::warnings() const { return impl_->warnings; }
std::optional<double> Decoder::duration_estimate_sec() const { return impl_->info.duration_sec; }

}  // namespace stemscribe::audio
