#include "dsp/stft.h"

#include <algorithm>

#include "base/error.h"
#include "dsp/window.h"

namespace stemscribe::dsp {
namespace {

const StftShape& Checked(const StftShape& shape) {
  if (shape.hop == 0 || shape.fft_size % shape.hop != 0 || shape.hop * 2 > shape.fft_size) {
    throw Error(ErrorCode::kInvalidArgument, "the hop of an STFT divides its FFT at least in two");
  }
  return shape;
}

}  // namespace

StftAnalyzer::StftAnalyzer(const StftShape& shape)
    : shape_(Checked(shape)),
      fft_(shape.fft_size),
      window_(PeriodicHann(shape.fft_size)),
      windowed_(shape.fft_size) {
  Reset();
}

void StftAnalyzer::Reset() {
  pending_.assign(shape_.fft_size / 2, 0.0F);
  num_samples_ = 0;
}

void StftAnalyzer::Push(std::span<const float> samples, std::vector<std::complex<float>>& frames) {
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  num_samples_ += samples.size();
  TransformPending(frames);
}

void StftAnalyzer::Finish(std::vector<std::complex<float>>& frames) {
  if (num_samples_ > 0) {
    // The last frame is centred on the last multiple of the hop that is not after the end.
    const size_t end = num_samples_ / shape_.hop * shape_.hop + shape_.fft_size / 2;
    pending_.resize(pending_.size() + end - num_samples_);
    TransformPending(frames);
  }
  Reset();
}

void StftAnalyzer::TransformPending(std::vector<std::complex<float>>& frames) {
  size_t start = 0;
  for (; start + shape_.fft_size <= pending_.size(); start += shape_.hop) {
    for (size_t n = 0; n < shape_.fft_size; ++n) windowed_[n] = pending_[start + n] * window_[n];
    frames.resize(frames.size() + shape_.num_bins());
    fft_.Forward(windowed_, std::span(frames).last(shape_.num_bins()));
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(start));
}

StftSynthesizer::StftSynthesizer(const StftShape& shape)
    : shape_(Checked(shape)),
      fft_(shape.fft_size),
      window_(PeriodicHann(shape.fft_size)),
      squared_window_(window_),
      frame_(shape.fft_size) {
  for (float& value : squared_window_) value *= value;
  Reset();
}

void StftSynthesizer::Reset() {
  sum_.assign(shape_.fft_size, 0.0F);
  weight_.assign(shape_.fft_size, 0.0F);
  lead_in_ = shape_.fft_size / 2;
  num_emitted_ = 0;
}

void StftSynthesizer::Push(std::span<const std::complex<float>> frame,
                           std::vector<float>& samples) {
  fft_.Inverse(frame, frame_);
  for (size_t n = 0; n < shape_.fft_size; ++n) {
    sum_[n] += frame_[n] * window_[n];
    weight_[n] += squared_window_[n];
  }
  Emit(shape_.hop, samples);
  for (std::vector<float>* buffer : {&sum_, &weight_}) {
    std::shift_left(buffer->begin(), buffer->end(), static_cast<std::ptrdiff_t>(shape_.hop));
    std::fill(buffer->end() - static_cast<std::ptrdiff_t>(shape_.hop), buffer->end(), 0.0F);
  }
}

void StftSynthesizer::Finish(size_t num_samples, std::vector<float>& samples) {
  const size_t rest = num_samples - std::min(num_samples, num_emitted_);
  Emit(std::min(rest + lead_in_, shape_.fft_size), samples);
  Reset();
}

// Appends the first `count` samples of the sums, less what lies before the signal.
void StftSynthesizer::Emit(size_t count, std::vector<float>& samples) {
  const size_t skipped = std::min(lead_in_, count);
  lead_in_ -= skipped;
  for (size_t n = skipped; n < count; ++n) {
    samples.push_back(weight_[n] > 0 ? sum_[n] / weight_[n] : 0.0F);
  }
  num_emitted_ += count - skipped;
}

}  // namespace stemscribe::dsp
