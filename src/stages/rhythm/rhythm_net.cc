#include "stages/rhythm/rhythm_net.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/error.h"
#include "stages/rhythm/log_mel.h"

namespace stemscribe::rhythm {
namespace {

constexpr size_t kContextFrames = 1024;  // the net looks 1024 frames to either side
constexpr size_t kWindowFrames = 2048;   // that one run answers for: 24 s

float Sigmoid(float logit) { return 1 / (1 + std::exp(-logit)); }

}  // namespace

RhythmNet::RhythmNet(std::unique_ptr<nn::Model> model) : model_(std::move(model)) { Reset(); }

void RhythmNet::Reset() {
  pending_.assign(kContextFrames * kMelBands, 0.0F);
  first_frame_ = 0;
}

void RhythmNet::Push(std::vector<float>& frames) {
  pending_.insert(pending_.end(), frames.begin(), frames.end());
  frames.clear();
  for (;;) {
    const size_t end_frame = kContextFrames + done_.beat.size() + kWindowFrames;
    const size_t needed = end_frame + kContextFrames - first_frame_;
    if (pending_.size() < needed * kMelBands) return;
    RunWindow(needed, end_frame);
  }
}

Activations RhythmNet::Finish() {
  const size_t num_frames = pending_.size() / kMelBands;
  const size_t end_frame = first_frame_ + num_frames;
  if (end_frame > kContextFrames + done_.beat.size()) RunWindow(num_frames, end_frame);
  Reset();
  return std::exchange(done_, {});
}

void RhythmNet::RunWindow(size_t num_frames, size_t end_frame) {
  const nn::TensorView input{{1, static_cast<int64_t>(num_frames), int64_t{kMelBands}},
                             std::span(pending_).first(num_frames * kMelBands)};
  const std::vector<nn::Tensor> outputs = model_->Run(std::span(&input, 1));
  if (outputs.size() != 1 || outputs[0].data.size() != 2 * num_frames) {
    throw Error(ErrorCode::kProcessingFailed, "the rhythm net answered in an unexpected shape");
  }
  for (size_t frame = kContextFrames + done_.beat.size(); frame < end_frame; ++frame) {
    const size_t i = frame - first_frame_;
    done_.beat.push_back(Sigmoid(outputs[0].data[i]));
    done_.downbeat.push_back(Sigmoid(outputs[0].data[num_frames + i]));
  }
  const size_t keep_from = end_frame - kContextFrames;
  const size_t drop = std::min((keep_from - first_frame_) * kMelBands, pending_.size());
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(drop));
  first_frame_ = keep_from;
}

}  // namespace stemscribe::rhythm
