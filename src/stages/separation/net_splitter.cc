#include "stages/separation/net_splitter.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "stages/separation/spectrogram.h"

namespace stemscribe::separation {
namespace {

constexpr size_t kNetBins = SegmentMasker::kNetBins;
constexpr size_t kStems = 2;  // drums and bass; other is what they leave
constexpr size_t kRows = kStems * kChannels;
constexpr size_t kTopBins = 64;  // 10.3 to 11 kHz: their mean is the mask above

// The masks of all bins from those that the net gives.
void Extend(const float* mask, std::span<float> out) {
  const float top = std::accumulate(mask + kNetBins - kTopBins, mask + kNetBins, 0.0F) / kTopBins;
  std::copy_n(mask, kNetBins, out.begin());
  std::fill(out.begin() + kNetBins, out.end(), top);
}

}  // namespace

NetSplitter::NetSplitter(std::unique_ptr<nn::Model> net, std::string name, int overlap_frames)
    : net_(std::move(net)),
      name_(std::move(name)),
      segments_(kRows * kNetBins, overlap_frames,
                [this](const nn::Tensor& magnitudes, std::span<float> masks) {
                  Estimate(magnitudes, masks);
                }),
      drums_(kFrameValues),
      bass_(kFrameValues) {}

void NetSplitter::Push(std::span<const float> magnitudes, const SplitMaskSink& sink) {
  low_magnitudes_.clear();
  for (size_t row = 0; row < magnitudes.size(); row += kBins) {
    const auto start = magnitudes.begin() + static_cast<std::ptrdiff_t>(row);
    low_magnitudes_.insert(low_magnitudes_.end(), start, start + kNetBins);
  }
  segments_.Push(low_magnitudes_, [&](std::span<const float> masks) { Give(masks, sink); });
}

void NetSplitter::Finish(const SplitMaskSink& sink) {
  segments_.Finish([&](std::span<const float> masks) { Give(masks, sink); });
}

std::string NetSplitter::engine() const { return name_ + " (" + net_->engine() + ")"; }

void NetSplitter::Estimate(const nn::Tensor& magnitudes, std::span<float> masks) {
  const nn::TensorView view{magnitudes.shape, magnitudes.data};
  const nn::Tensor shares = std::move(net_->Run({&view, 1}).at(0));
  for (size_t frame = 0; frame < SegmentMasker::kSegmentFrames; ++frame) {
    for (size_t row = 0; row < kRows; ++row) {
      std::copy_n(&shares.data[(row * SegmentMasker::kSegmentFrames + frame) * kNetBins], kNetBins,
                  &masks[(frame * kRows + row) * kNetBins]);
    }
  }
}

// `masks` of a frame: of drums, then of bass.
void NetSplitter::Give(std::span<const float> masks, const SplitMaskSink& sink) {
  for (size_t channel = 0; channel < kChannels; ++channel) {
    Extend(&masks[channel * kNetBins], std::span(drums_).subspan(channel * kBins, kBins));
    Extend(&masks[(kChannels + channel) * kNetBins],
           std::span(bass_).subspan(channel * kBins, kBins));
  }
  sink({drums_, bass_});
}

}  // namespace stemscribe::separation
