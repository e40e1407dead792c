#include "stages/separation/stem_separator.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "stages/separation/in_parallel.h"

namespace stemscribe::separation {
namespace {

constexpr size_t kFramesAtOnce = WienerFilter::kBlockFrames;
constexpr size_t kNetBins = VocalMasker::kNetBins;
// The voice above what the nets see goes with the voice just below, 10.3 to 11 kHz: one value a
// frame and channel, so that the noise of single bins does not spread over an octave. Tried an
// octave lower, where the truth is known, that gives 2.5 dB of signal to distortion (muting 0,
// twice the width 0.9).
constexpr size_t kTopBins = 64;
constexpr float kLargestSample = 1e6F;  // damaged files hold worse; squares must stay finite

// The stems of StemSpectra, and the voice.
enum Masked : size_t { kMaskedVocals, kMaskedDrums, kMaskedBass, kMaskedVoice };

float Magnitude(std::complex<float> bin) {
  return std::sqrt(bin.real() * bin.real() + bin.imag() * bin.imag());
}

// The ratio of magnitudes that belongs to `mask`, a ratio of their squares.
float SoftMask(float mask) {
  const float voice = std::sqrt(mask);
  return voice / (voice + std::sqrt(std::max(0.0F, 1 - mask)));  // a cross-fade may round beyond 1
}

template <typename T>
void EraseFront(std::vector<T>& values, size_t count) {
  values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

StemSeparator::Channel::Channel()
    : analyzer(kStft),
      synthesizers{dsp::StftSynthesizer(kStft), dsp::StftSynthesizer(kStft),
                   dsp::StftSynthesizer(kStft), dsp::StftSynthesizer(kStft)} {}

StemSeparator::StemSeparator(std::unique_ptr<VocalMasker> masker,
                             std::unique_ptr<InstrumentalSplitter> splitter,
                             const SeparatorParams& params, const std::string& vocals_name)
    : masker_(std::move(masker)),
      splitter_(std::move(splitter)),
      extend_mask_(params.extend_mask),
      filter_stems_(params.wiener_filter),
      num_masked_(params.with_voice ? kMasked : kMaskedVoice),
      vocals_name_(vocals_name) {}

std::array<std::string, kNumStems> StemSeparator::engines() const {
  std::array<std::string, kNumStems> engines;
  engines.fill(splitter_->engine());
  engines[kVocals] = engines[kInstrumental] = vocals_name_ + " (" + masker_->engine() + ")";
  for (std::string& engine : engines) engine += filter_stems_ ? " + wiener-filter 1" : "";
  return engines;
}

void StemSeparator::Push(const audio::AudioBuffer& block, const StemSink& sink) {
  if (block.rate_hz != kRateHz || block.num_channels() != kChannels) {
    throw Error(ErrorCode::kInvalidArgument, "the separator takes 44.1 kHz, 2 channels");
  }
  constexpr size_t kSamplesAtOnce = kFramesAtOnce * kStft.hop;
  for (size_t start = 0; start < block.num_samples(); start += kSamplesAtOnce) {
    Analyze(block, start, std::min(kSamplesAtOnce, block.num_samples() - start));
    MaskVocals();
    SplitAndDeliver(sink);
  }
}

void StemSeparator::Finish(const StemSink& sink) {
  for (Channel& channel : channels_) channel.analyzer.Finish(channel.spectra);
  MaskVocals();
  masker_->Finish(net_masks_);
  SplitAndDeliver(sink);
  splitter_->Finish([&](const SplitMask& mask) { Take(mask, sink); });
  Learn(num_split_ - num_learnt_);
  while (num_synthesized_ < num_learnt_) {
    Synthesize(std::min(kFramesAtOnce, num_learnt_ - num_synthesized_));
  }
  for (Channel& channel : channels_) {
    for (size_t i = 0; i < num_masked_; ++i) {
      channel.synthesizers[i].Finish(num_samples_, channel.masked[i]);
    }
  }
  Deliver(sink);
  DropDone();
  filter_.Reset();
  num_samples_ = 0;
}

void StemSeparator::Analyze(const audio::AudioBuffer& block, size_t start, size_t count) {
  ForEachChannel([&](size_t c) {
    Channel& channel = channels_[c];
    for (const float sample : std::span(block.channels[c]).subspan(start, count)) {
      channel.mix.push_back(std::abs(sample) <= kLargestSample ? sample : 0.0F);
    }
    channel.analyzer.Push(std::span(channel.mix).last(count), channel.spectra);
  });
  num_samples_ += count;
}

// Gives the new frames to the nets.
void StemSeparator::MaskVocals() {
  const size_t end = channels_[0].spectra.size() / kBins;
  magnitudes_.resize((end - num_analysed_) * kChannels * kNetBins);
  float* out = magnitudes_.data();
  for (; num_analysed_ < end; ++num_analysed_) {
    for (const Channel& channel : channels_) {
      const auto* spectrum = &channel.spectra[num_analysed_ * kBins];
      out = std::transform(spectrum, spectrum + kNetBins, out, Magnitude);
    }
  }
  masker_->Push(magnitudes_, net_masks_);
}

// Brings every frame that has the nets' mask as far as it goes.
void StemSeparator::SplitAndDeliver(const StemSink& sink) {
  const size_t end = net_masks_.size() / VocalMasker::kNetFrameValues;
  if (num_split_ == end) return;
  while (num_split_ < end) Split(std::min(kFramesAtOnce, end - num_split_), sink);
  DropDone();
}

// Collects the splitter's masks, block by block, and makes sound of the block that the filter has
// seen enough beyond.
void StemSeparator::Take(const SplitMask& mask, const StemSink& sink) {
  constexpr size_t kAhead = WienerFilter::kAheadBlocks * WienerFilter::kBlockFrames;
  split_masks_.Append(mask);
  const size_t num_masked = num_synthesized_ + split_masks_.drums.size() / kFrameValues;
  if (num_masked - num_learnt_ < kFramesAtOnce) return;
  Learn(kFramesAtOnce);
  if (num_learnt_ - num_synthesized_ <= (filter_stems_ ? kAhead : 0)) return;
  Synthesize(kFramesAtOnce);
  Deliver(sink);
}

// The mask of the voice in all bins of one frame.
void StemSeparator::VocalMask(size_t frame, size_t channel, std::span<float> mask) const {
  const float* net_mask = &net_masks_[(frame * kChannels + channel) * kNetBins];
  std::copy_n(net_mask, kNetBins, mask.begin());
  const float top = std::accumulate(net_mask + kNetBins - kTopBins, net_mask + kNetBins, 0.0F);
  std::fill(mask.begin() + kNetBins, mask.end(), extend_mask_ ? top / kTopBins : 0.0F);
}

// Gives the instrumental part of the next `count` frames to the splitter.
void StemSeparator::Split(size_t count, const StemSink& sink) {
  magnitudes_.resize(count * kFrameValues);
  ForEachChannel([&](size_t channel) {
    std::vector<float> mask(kBins);
    for (size_t i = 0; i < count; ++i) {
      VocalMask(num_split_ + i, channel, mask);
      const auto* spectrum = &channels_[channel].spectra[(num_split_ + i) * kBins];
      float* out = &magnitudes_[i * kFrameValues + channel * kBins];
      for (size_t bin = 0; bin < kBins; ++bin) {
        out[bin] = (1 - mask[bin]) * Magnitude(spectrum[bin]);
      }
    }
  });
  num_split_ += count;
  splitter_->Push(magnitudes_, [&](const SplitMask& mask) { Take(mask, sink); });
}

// `count` frames whose masks were collected; good until the next call.
MaskedFrames StemSeparator::Frames(size_t first, size_t count) {
  vocal_masks_.resize(count * kFrameValues);
  for (size_t i = 0; i < count; ++i) {
    for (size_t channel = 0; channel < kChannels; ++channel) {
      const size_t start = i * kFrameValues + channel * kBins;
      VocalMask(first + i, channel, std::span(vocal_masks_).subspan(start, kBins));
    }
  }
  const auto masks_of = [&](const std::vector<float>& masks) {
    return std::span(masks).subspan((first - num_synthesized_) * kFrameValues,
                                    count * kFrameValues);
  };
  const auto spectra_of = [&](const Channel& channel) {
    return std::span(channel.spectra).subspan(first * kBins, count * kBins);
  };
  return {.num_frames = count,
          .spectra = {spectra_of(channels_[0]), spectra_of(channels_[1])},
          .vocals = vocal_masks_,
          .drums = masks_of(split_masks_.drums),
          .bass = masks_of(split_masks_.bass)};
}

void StemSeparator::Learn(size_t count) {
  if (filter_stems_ && count > 0) filter_.Learn(Frames(num_learnt_, count));
  num_learnt_ += count;
}

// Makes sound of the next frames.
void StemSeparator::Synthesize(size_t count) {
  const MaskedFrames frames = Frames(num_synthesized_, count);
  if (filter_stems_) {
    filter_.Apply(frames, stems_);
  } else {
    ApplyMasks(frames, stems_);
  }
  ForEachChannel([&](size_t channel) { SynthesizeChannel(channel, frames); });
  num_synthesized_ += count;
  EraseFront(split_masks_.drums, count * kFrameValues);
  EraseFront(split_masks_.bass, count * kFrameValues);
}

void StemSeparator::SynthesizeChannel(size_t c, const MaskedFrames& frames) {
  Channel& channel = channels_[c];
  std::vector<std::complex<float>> voice(kBins);
  for (size_t i = 0; i < frames.num_frames; ++i) {
    for (size_t stem = 0; stem < StemSpectra::kNumStems; ++stem) {
      channel.synthesizers[stem].Push(std::span(stems_.stems[stem][c]).subspan(i * kBins, kBins),
                                      channel.masked[stem]);
    }
    if (num_masked_ == kMaskedVoice) continue;
    const float* mask = &frames.vocals[i * kFrameValues + c * kBins];
    const auto* spectrum = &frames.spectra[c][i * kBins];
    for (size_t bin = 0; bin < kBins; ++bin) voice[bin] = SoftMask(mask[bin]) * spectrum[bin];
    channel.synthesizers[kMaskedVoice].Push(voice, channel.masked[kMaskedVoice]);
  }
}

void StemSeparator::Deliver(const StemSink& sink) {
  const size_t count = channels_[0].masked[kMaskedVocals].size();
  if (count == 0) return;
  StemBlock block;
  block.fill(audio::AudioBuffer::Zeros(kRateHz, kChannels, count));
  block.voice.resize(num_masked_ > kMaskedVoice ? count : 0);
  for (size_t c = 0; c < kChannels; ++c) {
    Channel& channel = channels_[c];
    const float* mix = &channel.mix[num_delivered_];
    std::vector<float>& instrumental = block[kInstrumental].channels[c];
    std::vector<float>& other = block[kOther].channels[c];
    block[kVocals].channels[c].swap(channel.masked[kMaskedVocals]);
    block[kDrums].channels[c].swap(channel.masked[kMaskedDrums]);
    block[kBass].channels[c].swap(channel.masked[kMaskedBass]);
    for (size_t n = 0; n < count; ++n) {
      instrumental[n] = mix[n] - block[kVocals].channels[c][n];
      other[n] = instrumental[n] - block[kDrums].channels[c][n] - block[kBass].channels[c][n];
    }
    for (size_t n = 0; n < block.voice.size(); ++n) {
      block.voice[n] += channel.masked[kMaskedVoice][n] / kChannels;
    }
    for (std::vector<float>& samples : channel.masked) samples.clear();
  }
  num_delivered_ += count;
  sink(std::move(block));
}

// Forgets what is synthesised and delivered.
void StemSeparator::DropDone() {
  for (Channel& channel : channels_) {
    EraseFront(channel.spectra, num_synthesized_ * kBins);
    EraseFront(channel.mix, num_delivered_);
  }
  EraseFront(net_masks_, num_synthesized_ * VocalMasker::kNetFrameValues);
  num_analysed_ -= num_synthesized_;
  num_split_ -= num_synthesized_;
  num_learnt_ -= num_synthesized_;
  num_synthesized_ = 0;
  num_delivered_ = 0;
}

}  // namespace stemscribe::separation
