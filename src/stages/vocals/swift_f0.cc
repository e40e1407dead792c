#include "stages/vocals/swift_f0.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace stemscribe::vocals {
namespace {

// The net looks 2815 samples to either side (swift-f0 0.3.0): 11 whole frames before, 10 after.
constexpr size_t kLeftFrames = 11;
constexpr size_t kRightFrames = 10;
constexpr size_t kWindowFrames = 500;  // 8 s: the memory of a run grows with it
constexpr float kMinHz = 46.875F;
constexpr float kMaxHz = 2093.75F;
constexpr float kSilencePeak = 1e-3F;  // below it the net only guesses

bool IsSilent(std::span<const float> samples) {
  return std::all_of(samples.begin(), samples.end(),
                     [](float x) { return std::abs(x) < kSilencePeak; });
}

}  // namespace

void SwiftF0Tracker::Push(std::span<const float> samples) {
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  for (;;) {
    const size_t end_frame = frames_.size() + kWindowFrames;
    const size_t needed = (end_frame + kRightFrames - first_frame_) * kSwiftHopSamples;
    if (pending_.size() < needed) return;
    RunWindow(std::span(pending_).first(needed), end_frame);
  }
}

std::vector<SwiftFrame> SwiftF0Tracker::Finish() {
  if (!pending_.empty()) {
    const size_t end_frame = std::max<size_t>(1, first_frame_ + pending_.size() / kSwiftHopSamples);
    if (end_frame > frames_.size()) RunWindow(pending_, end_frame);
  }
  pending_.clear();
  first_frame_ = 0;
  return std::exchange(frames_, {});
}

void SwiftF0Tracker::RunWindow(std::span<const float> window, size_t end_frame) {
  const std::array<nn::TensorView, 3> inputs = {
      nn::TensorView{{1, static_cast<int64_t>(window.size())}, window},
      nn::TensorView{{}, std::span(&kMinHz, 1)}, nn::TensorView{{}, std::span(&kMaxHz, 1)}};
  const std::vector<nn::Tensor> outputs = model_->Run(inputs);
  for (size_t frame = frames_.size(); frame < end_frame; ++frame) {
    const size_t i = frame - first_frame_;
    const size_t start = i * kSwiftHopSamples;
    const auto own = window.subspan(start, std::min(kSwiftHopSamples, window.size() - start));
    frames_.push_back({outputs.at(0).data.at(i), IsSilent(own) ? 0.0F : outputs.at(1).data.at(i)});
  }
  const size_t keep_from = end_frame > kLeftFrames ? end_frame - kLeftFrames : 0;
  const size_t drop =
      std::min((keep_from - std::min(keep_from, first_frame_)) * kSwiftHopSamples, pending_.size());
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(drop));
  first_frame_ = keep_from;
}

}  // namespace stemscribe::vocals
