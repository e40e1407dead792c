#include "stages/vocals/fcpe_mel.h"

#include <algorithm>
#include <cmath>

#include "stages/vocals/vocal_transcriber.h"

namespace stemscribe::vocals {
namespace {

constexpr size_t kWindow = 1024;
constexpr size_t kPadding = (kWindow - kHopSamples) / 2;
constexpr float kMinMel = 1e-5F;

}  // namespace

FcpeMel::FcpeMel()
    : mel_({.rate_hz = kRateHz,
            .window = kWindow,
            .hop = kHopSamples,
            .num_bands = kMelBands,
            .min_hz = 0,
            .max_hz = kRateHz / 2.0,
            .power_floor = 1e-9F}) {}

void FcpeMel::Push(std::span<const float> samples, std::vector<float>& frames) {
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  num_samples_ += samples.size();
  if (!started_ && num_samples_ > kPadding) MirrorTheStart();
  if (started_) AppendReadyFrames(frames);
}

void FcpeMel::Finish(std::vector<float>& frames) {
  if (num_samples_ > 0) {
    const size_t first = frames.size();
    PadTheEnd();
    AppendReadyFrames(frames);
    // The package repeats the last frame where one is missing.
    while (num_frames_ <= num_samples_ / kHopSamples && frames.size() > first) {
      frames.resize(frames.size() + kMelBands);
      std::copy_n(frames.end() - 2 * kMelBands, kMelBands, frames.end() - kMelBands);
      ++num_frames_;
    }
  }
  pending_.clear();
  started_ = false;
  num_samples_ = num_frames_ = 0;
}

void FcpeMel::MirrorTheStart() {
  const std::vector<float> mirrored(pending_.rend() - kPadding - 1, pending_.rend() - 1);
  pending_.insert(pending_.begin(), mirrored.begin(), mirrored.end());
  started_ = true;
}

void FcpeMel::PadTheEnd() {
  if (started_) {
    const std::vector<float> mirrored(pending_.rbegin() + 1, pending_.rbegin() + 1 + kPadding);
    pending_.insert(pending_.end(), mirrored.begin(), mirrored.end());
    return;
  }
  // Too short to mirror: silence around it, enough for one frame.
  pending_.insert(pending_.begin(), kPadding, 0.0F);
  pending_.resize(std::max(pending_.size() + kPadding, kWindow));
}

void FcpeMel::AppendReadyFrames(std::vector<float>& frames) {
  const size_t count = mel_.Append(pending_, frames);
  for (float& value : std::span(frames).last(count * kMelBands)) {
    value = std::log(std::max(value, kMinMel));
  }
  num_frames_ += count;
}

}  // namespace stemscribe::vocals
