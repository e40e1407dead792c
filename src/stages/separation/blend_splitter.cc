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

// Takes `first` to the mean, with `second_share` of the second.
void Blend(std::vector<float>& first, std::span<const float> second, float second_share) {
  for (size_t i = 0; i < first.size(); ++i) first[i] += second_share * (second[i] - first[i]);
}

}  // namespace

BlendSplitter::BlendSplitter(std::unique_ptr<InstrumentalSplitter> first,
                             std::unique_ptr<InstrumentalSplitter> second, float share)
    : first_(std::move(first)), second_(std::move(second)), share_(share) {}

void BlendSplitter::Push(std::span<const float> magnitudes, const SplitMaskSink& sink) {
  for (size_t start = 0; start < magnitudes.size(); start += kFrameValues) {
    const auto frame = magnitudes.subspan(start, kFrameValues);
    magnitudes_.emplace_back(frame.begin(), frame.end());
  }
  first_->Push(magnitudes, [&](const SplitMask& mask) { Take(mask, sink); });
}

void BlendSplitter::Finish(const SplitMaskSink& sink) {
  first_->Finish([&](const SplitMask& mask) { Take(mask, sink); });
  second_->Finish([&](const SplitMask& mask) { Give(mask, sink); });
  gate_.Finish(sink);
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

// The second one sees a frame only now, so that its masks need not wait for the first one's.
void BlendSplitter::Take(const SplitMask& first, const SplitMaskSink& sink) {
  Waiting& frame = waiting_.emplace_back();
  frame.magnitudes = std::move(magnitudes_.front());
  magnitudes_.pop_front();
  frame.first.Append(first);
  second_->Push(frame.magnitudes, [&](const SplitMask& mask) { Give(mask, sink); });
}

void BlendSplitter::Give(const SplitMask& second, const SplitMaskSink& sink) {
  Waiting frame = std::move(waiting_.front());
  waiting_.pop_front();
  SplitMasks& masks = frame.first;
  const float second_share = SecondShare(frame.magnitudes, masks.drums);
  Blend(masks.drums, second.drums, second_share);
  Blend(masks.bass, second.bass, second_share);
  gate_.Push(frame.magnitudes, std::move(masks), sink);
}

}  // namespace stemscribe::separation
