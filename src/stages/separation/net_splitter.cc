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
void AppendRow(const float* mask, std::vector<float>& out) {
  const float top = std::accumulate(mask + kNetBins - kTopBins, mask + kNetBins, 0.0F) / kTopBins;
  out.insert(out.end(), mask, mask + kNetBins);
  out.insert(out.end(), kBins - kNetBins, top);
}

}  // namespace

NetSplitter::NetSplitter(std::unique_ptr<nn::Model> net, std::string name, int overlap_frames)
    : net_(std::move(net)),
      name_(std::move(name)),
      segments_(kRows * kNetBins, overlap_frames,
                [this](const nn::Tensor& magnitudes, std::span<float> masks) {
                  Estimate(magnitudes, masks);
                }) {}

void NetSplitter::Push(std::span<const float> magnitudes, SplitMasks& ready) {
  low_magnitudes_.clear();
  for (size_t row = 0; row < magnitudes.size(); row += kBins) {
    const auto start = magnitudes.begin() + static_cast<std::ptrdiff_t>(row);
    low_magnitudes_.insert(low_magnitudes_.end(), start, start + kNetBins);
  }
  segments_.Push(low_magnitudes_, masks_);
  Emit(ready);
}

void NetSplitter::Finish(SplitMasks& ready) {
  segments_.Finish(masks_);
  Emit(ready);
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

void NetSplitter::Emit(SplitMasks& ready) {
  for (size_t frame = 0; frame < masks_.size(); frame += kRows * kNetBins) {
    for (size_t channel = 0; channel < kChannels; ++channel) {
      AppendRow(&masks_[frame + channel * kNetBins], ready.drums);
      AppendRow(&masks_[frame + (kChannels + channel) * kNetBins], ready.bass);
    }
  }
  masks_.clear();
}

}  // namespace stemscribe::separation
