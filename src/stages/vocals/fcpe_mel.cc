#include "stages/vocals/fcpe_mel.h"

#include <algorithm>
#include <cmath>

#include "dsp/window.h"
#include "stages/vocals/vocal_transcriber.h"

namespace stemscribe::vocals {
namespace {

constexpr size_t kWindow = 1024;
constexpr size_t kPadding = (kWindow - kHopSamples) / 2;
constexpr float kMinMel = 1e-5F;

}  // namespace

FcpeMel::FcpeMel()
    : fft_(kWindow),
      filters_(kRateHz, kWindow, kMelBands, 0, kRateHz / 2.0),
      window_(dsp::PeriodicHann(kWindow)),
      windowed_(kWindow),
      spectrum_(fft_.num_bins()),
      magnitude_(fft_.num_bins()) {}

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
  size_t start = 0;
  for (; start + kWindow <= pending_.size(); start += kHopSamples) {
    for (size_t n = 0; n < kWindow; ++n) windowed_[n] = pending_[start + n] * window_[n];
    fft_.Forward(windowed_, spectrum_);
    for (size_t k = 0; k < spectrum_.size(); ++k) {
      magnitude_[k] = std::sqrt(std::norm(spectrum_[k]) + 1e-9F);
    }
    frames.resize(frames.size() + kMelBands);
    const std::span<float> frame(frames.end() - kMelBands, frames.end());
    filters_.Apply(magnitude_, frame);
    for (float& value : frame) value = std::log(std::max(value, kMinMel));
    ++num_frames_;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(start));
}

}  // namespace stemscribe::vocals
