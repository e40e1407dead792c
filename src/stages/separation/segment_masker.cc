#include "stages/separation/segment_masker.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace stemscribe::separation {
namespace {

size_t Checked(int overlap_frames) {
  if (overlap_frames < 0 ||
      static_cast<size_t>(overlap_frames) > SegmentMasker::kSegmentFrames / 2) {
    throw Error(ErrorCode::kInvalidArgument, "segments overlap by 0 to 256 frames",
                {{"overlap_frames", "must be 0 … 256"}});
  }
  return static_cast<size_t>(overlap_frames);
}

}  // namespace

SegmentMasker::SegmentMasker(size_t mask_values, int overlap_frames, Estimate estimate)
    : mask_values_(mask_values),
      overlap_frames_(Checked(overlap_frames)),
      estimate_(std::move(estimate)),
      segment_(kSegmentFrames * mask_values) {}

void SegmentMasker::Push(std::span<const float> magnitudes, const Sink& sink) {
  const size_t step = kSegmentFrames - overlap_frames_;
  pending_.insert(pending_.end(), magnitudes.begin(), magnitudes.end());
  while (pending_frames() >= kSegmentFrames) {
    RunSegment();
    Give(segment_, step, sink);
    tail_.assign(segment_.begin() + static_cast<std::ptrdiff_t>(step * mask_values_),
                 segment_.end());
    pending_.erase(pending_.begin(),
                   pending_.begin() + static_cast<std::ptrdiff_t>(step * kNetFrameValues));
  }
}

void SegmentMasker::Finish(const Sink& sink) {
  const size_t num_frames = pending_frames();
  const bool new_segment = num_frames * mask_values_ > tail_.size();
  if (new_segment) RunSegment();
  Give(new_segment ? segment_ : tail_, num_frames, sink);
  pending_.clear();
  tail_.clear();
}

void SegmentMasker::Give(std::span<const float> masks, size_t num_frames, const Sink& sink) const {
  for (size_t frame = 0; frame < num_frames; ++frame) {
    sink(masks.subspan(frame * mask_values_, mask_values_));
  }
}

void SegmentMasker::RunSegment() {
  const size_t frames = std::min(pending_frames(), kSegmentFrames);
  nn::Tensor input{{1, 2, kSegmentFrames, kNetBins}, {}};
  input.data.resize(kSegmentFrames * kNetFrameValues);
  for (size_t frame = 0; frame < frames; ++frame) {
    for (size_t channel = 0; channel < 2; ++channel) {
      std::copy_n(&pending_[frame * kNetFrameValues + channel * kNetBins], kNetBins,
                  &input.data[(channel * kSegmentFrames + frame) * kNetBins]);
    }
  }
  estimate_(input, segment_);
  FadeIn();
}

void SegmentMasker::FadeIn() {
  const size_t frames = tail_.size() / mask_values_;
  for (size_t frame = 0; frame < frames; ++frame) {
    const float weight = static_cast<float>(frame + 1) / static_cast<float>(frames + 1);
    for (size_t i = frame * mask_values_; i < (frame + 1) * mask_values_; ++i) {
      segment_[i] = tail_[i] + weight * (segment_[i] - tail_[i]);
    }
  }
}

}  // namespace stemscribe::separation
