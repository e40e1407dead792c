#include "stages/separation/vocal_masker.h"

#include <algorithm>

#include "base/error.h"
#include "stages/separation/in_parallel.h"

namespace stemscribe::separation {
namespace {

constexpr float kFloor = 1e-10F;  // where both estimates are nothing the mask is a half

size_t Checked(int overlap_frames) {
  if (overlap_frames < 0 || static_cast<size_t>(overlap_frames) > VocalMasker::kSegmentFrames / 2) {
    throw Error(ErrorCode::kInvalidArgument, "segments overlap by 0 to 256 frames",
                {{"overlap_frames", "must be 0 … 256"}});
  }
  return static_cast<size_t>(overlap_frames);
}

nn::Tensor Run(nn::Model& model, const nn::Tensor& magnitudes) {
  const nn::TensorView view{magnitudes.shape, magnitudes.data};
  return std::move(model.Run({&view, 1}).at(0));
}

// Rows of kNetBins between the order of frames (frame, channel) and that of tensors (channel,
// frame).
size_t TensorRow(size_t frame, size_t channel) {
  return (channel * VocalMasker::kSegmentFrames + frame) * VocalMasker::kNetBins;
}
size_t FrameRow(size_t frame, size_t channel) {
  return frame * VocalMasker::kNetFrameValues + channel * VocalMasker::kNetBins;
}

}  // namespace

VocalMasker::VocalMasker(std::unique_ptr<nn::Model> vocals,
                         std::unique_ptr<nn::Model> accompaniment, int overlap_frames)
    : overlap_frames_(Checked(overlap_frames)),
      vocals_(std::move(vocals)),
      accompaniment_(std::move(accompaniment)),
      segment_(kSegmentFrames * kNetFrameValues) {}

void VocalMasker::Push(std::span<const float> magnitudes, std::vector<float>& masks) {
  const auto step =
      static_cast<std::ptrdiff_t>((kSegmentFrames - overlap_frames_) * kNetFrameValues);
  pending_.insert(pending_.end(), magnitudes.begin(), magnitudes.end());
  while (pending_frames() >= kSegmentFrames) {
    RunSegment();
    masks.insert(masks.end(), segment_.begin(), segment_.begin() + step);
    tail_.assign(segment_.begin() + step, segment_.end());
    pending_.erase(pending_.begin(), pending_.begin() + step);
  }
}

void VocalMasker::Finish(std::vector<float>& masks) {
  const auto rest = static_cast<std::ptrdiff_t>(pending_.size());
  if (pending_.size() > tail_.size()) {
    RunSegment();
    masks.insert(masks.end(), segment_.begin(), segment_.begin() + rest);
  } else {
    masks.insert(masks.end(), tail_.begin(), tail_.begin() + rest);
  }
  pending_.clear();
  tail_.clear();
}

void VocalMasker::RunSegment() {
  const size_t frames = std::min(pending_frames(), kSegmentFrames);
  nn::Tensor input{{1, 2, kSegmentFrames, kNetBins}, {}};
  input.data.resize(kSegmentFrames * kNetFrameValues);
  for (size_t frame = 0; frame < frames; ++frame) {
    for (size_t channel = 0; channel < 2; ++channel) {
      std::copy_n(&pending_[FrameRow(frame, channel)], kNetBins,
                  &input.data[TensorRow(frame, channel)]);
    }
  }
  nn::Tensor vocals;
  nn::Tensor accompaniment;
  InParallel([&] { vocals = Run(*vocals_, input); },
             [&] { accompaniment = Run(*accompaniment_, input); });
  for (size_t frame = 0; frame < frames; ++frame) {
    for (size_t channel = 0; channel < 2; ++channel) {
      const size_t row = TensorRow(frame, channel);
      float* out = &segment_[FrameRow(frame, channel)];
      for (size_t bin = 0; bin < kNetBins; ++bin) {
        const float magnitude = input.data[row + bin];
        const float voice = vocals.data[row + bin] * magnitude;
        const float rest = accompaniment.data[row + bin] * magnitude;
        out[bin] = (voice * voice + kFloor / 2) / (voice * voice + rest * rest + kFloor);
      }
    }
  }
  FadeIn();
}

void VocalMasker::FadeIn() {
  const size_t frames = tail_.size() / kNetFrameValues;
  for (size_t frame = 0; frame < frames; ++frame) {
    const float weight = static_cast<float>(frame + 1) / static_cast<float>(frames + 1);
    for (size_t i = frame * kNetFrameValues; i < (frame + 1) * kNetFrameValues; ++i) {
      segment_[i] = tail_[i] + weight * (segment_[i] - tail_[i]);
    }
  }
}

}  // namespace stemscribe::separation
