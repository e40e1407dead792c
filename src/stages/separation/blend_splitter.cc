#include "stages/separation/blend_splitter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stages/separation/spectrogram.h"

namespace stemscribe::separation {
namespace {

// How much of the energy the drums must have at their hits to be there: below the first one, the
// second splitter has no say; above the second one, all of it.
constexpr float kAbsentDb = -20;
constexpr float kPresentDb = -10;
constexpr float kHeldFrames = 130;  // three seconds between hits are no absence
constexpr float kTiny = 1e-9F;

void Blend(std::span<const float> first, std::span<const float> second, float second_share,
           std::vector<float>& ready) {
  const auto start = static_cast<std::ptrdiff_t>(ready.size());
  ready.resize(ready.size() + first.size());
  std::transform(first.begin(), first.end(), second.begin(), ready.begin() + start,
                 [second_share](float a, float b) { return a + second_share * (b - a); });
}

void DropFront(std::vector<float>& values, size_t count) {
  values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

BlendSplitter::BlendSplitter(std::unique_ptr<InstrumentalSplitter> first,
                             std::unique_ptr<InstrumentalSplitter> second, float share)
    : first_(std::move(first)), second_(std::move(second)), share_(share) {}

void BlendSplitter::Push(std::span<const float> magnitudes, SplitMasks& ready) {
  magnitudes_.insert(magnitudes_.end(), magnitudes.begin(), magnitudes.end());
  first_->Push(magnitudes, first_masks_);
  second_->Push(magnitudes, second_masks_);
  Emit(ready);
}

void BlendSplitter::Finish(SplitMasks& ready) {
  first_->Finish(first_masks_);
  second_->Finish(second_masks_);
  Emit(ready);
  drums_heard_ = 0;
}

std::string BlendSplitter::engine() const { return first_->engine() + " + " + second_->engine(); }

float BlendSplitter::SecondShare(std::span<const float> magnitudes, std::span<const float> drums) {
  float all = kTiny;
  float of_drums = 0;
  for (size_t i = 0; i < magnitudes.size(); ++i) {
    const float part = drums[i] * magnitudes[i];
    all += magnitudes[i] * magnitudes[i];
    of_drums += part * part;
  }
  drums_heard_ = std::max(of_drums / all, drums_heard_ * std::exp(-1 / kHeldFrames));
  const float level_db = 10 * std::log10(drums_heard_ + kTiny);
  return (1 - share_) * std::clamp((level_db - kAbsentDb) / (kPresentDb - kAbsentDb), 0.0F, 1.0F);
}

void BlendSplitter::Emit(SplitMasks& ready) {
  const size_t count = std::min(first_masks_.drums.size(), second_masks_.drums.size());
  const auto frame_of = [](const std::vector<float>& values, size_t start) {
    return std::span(values).subspan(start, kFrameValues);
  };
  for (size_t start = 0; start < count; start += kFrameValues) {
    const auto drums = frame_of(first_masks_.drums, start);
    const float second_share = SecondShare(frame_of(magnitudes_, start), drums);
    Blend(drums, frame_of(second_masks_.drums, start), second_share, ready.drums);
    Blend(frame_of(first_masks_.bass, start), frame_of(second_masks_.bass, start), second_share,
          ready.bass);
  }
  for (SplitMasks* masks : {&first_masks_, &second_masks_}) {
    DropFront(masks->drums, count);
    DropFront(masks->bass, count);
  }
  DropFront(magnitudes_, count);
}

}  // namespace stemscribe::separation
