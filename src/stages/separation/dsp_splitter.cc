#include "stages/separation/dsp_splitter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dsp/median.h"
#include "stages/separation/separator.h"
#include "stages/separation/spectrogram.h"

namespace stemscribe::separation {
namespace {

// Lengths and curves below were tuned for the signal-to-distortion ratio of generated songs.
constexpr size_t kTimeFrames = 17;     // 0.4 s
constexpr size_t kBassTimeFrames = 9;  // bass notes are short
constexpr size_t kContextFrames = kTimeFrames / 2;
constexpr size_t kFrequencyBins = 17;    // 180 Hz
constexpr size_t kLowFrequencyBins = 5;  // a kick drum is no wider than that
constexpr size_t kLowBins = 20;          // below 215 Hz
constexpr size_t kPadBins = kFrequencyBins / 2;
constexpr float kFloor = 1e-9F;
constexpr float kLobeBins = 1.75F;  // half the width of a partial under the Hann window
constexpr double kBassHz = 200;

double BinHz(size_t bin) { return static_cast<double>(bin) * kRateHz / kStft.fft_size; }

// Cymbals are noise, whose time median is lower than its frequency median of few bins; guitars and
// voices around 500 Hz flutter, which must not count as drums.
std::vector<float> PercussiveBias() {
  struct Point {
    double hz, bias;
  };
  constexpr std::array<Point, 5> kCurve{
      {{0, 0.85}, {215, 0.75}, {1000, 0.8}, {4300, 1.3}, {22050, 1.4}}};
  std::vector<float> bias(kBins);
  for (size_t bin = 0; bin < kBins; ++bin) {
    size_t i = 1;
    while (i + 1 < kCurve.size() && BinHz(bin) > kCurve[i].hz) ++i;
    const double where = (BinHz(bin) - kCurve[i - 1].hz) / (kCurve[i].hz - kCurve[i - 1].hz);
    bias[bin] = static_cast<float>(std::lerp(kCurve[i - 1].bias, kCurve[i].bias, where));
  }
  return bias;
}

std::vector<float> BassRange() {
  std::vector<float> range(BassTracker::kInputBins);
  for (size_t bin = 0; bin < range.size(); ++bin) {
    range[bin] = static_cast<float>(1 / (1 + std::pow(BinHz(bin) / kBassHz, 6)));
  }
  return range;
}

}  // namespace

DspSplitter::DspSplitter()
    : percussive_bias_(PercussiveBias()),
      bass_range_(BassRange()),
      sustained_(kBins),
      sustained_low_(BassTracker::kInputBins),
      padded_(kBins + 2 * kPadBins),
      percussive_(kBins) {}

void DspSplitter::Push(std::span<const float> magnitudes, const SplitMaskSink& sink) {
  for (size_t start = 0; start < magnitudes.size(); start += kFrameValues) {
    const float* left = &magnitudes[start];
    const float* right = left + kBins;
    Row& row = frames_.emplace_back(kBins);
    for (size_t bin = 0; bin < kBins; ++bin) {
      row[bin] = std::sqrt(left[bin] * left[bin] + right[bin] * right[bin]);
    }
    if (frames_.size() > next_ + kContextFrames) ProcessNext(sink);
  }
}

void DspSplitter::Finish(const SplitMaskSink& sink) {
  while (next_ < frames_.size()) ProcessNext(sink);
  for (const float f0_bins : tracker_.Finish()) Give(f0_bins, sink);
  frames_.clear();
  next_ = 0;
}

void DspSplitter::ProcessNext(const SplitMaskSink& sink) {
  FindSustained(next_);
  FindPercussive(frames_[next_]);
  Row& drums = drums_.emplace_back(kBins);
  for (size_t bin = 0; bin < kBins; ++bin) {
    const float percussive = percussive_bias_[bin] * percussive_[bin];
    const float power = percussive * percussive;
    drums[bin] = power / (power + sustained_[bin] * sustained_[bin] + kFloor);
  }
  if (const auto f0_bins = tracker_.Push(sustained_low_)) Give(*f0_bins, sink);
  if (next_ < kContextFrames) {
    ++next_;
  } else {
    frames_.pop_front();
  }
}

// Frame `index` of the `length` around `centre`; mirrored at the ends of the song.
const float* DspSplitter::FrameNear(size_t centre, size_t index, size_t length) const {
  const auto last = static_cast<std::ptrdiff_t>(frames_.size()) - 1;
  auto frame = std::abs(static_cast<std::ptrdiff_t>(centre + index) -
                        static_cast<std::ptrdiff_t>(length / 2));
  if (frame > last) frame = std::max<std::ptrdiff_t>(0, 2 * last - frame);
  return frames_[static_cast<size_t>(frame)].data();
}

void DspSplitter::FindSustained(size_t centre) {
  std::array<const float*, kTimeFrames> rows{};
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = FrameNear(centre, i, rows.size());
  dsp::MedianOfRows(rows, sustained_);
  std::array<const float*, kBassTimeFrames> low_rows{};
  for (size_t i = 0; i < low_rows.size(); ++i) low_rows[i] = FrameNear(centre, i, low_rows.size());
  dsp::MedianOfRows(low_rows, sustained_low_);
}

void DspSplitter::FindPercussive(const Row& frame) {
  std::copy(frame.begin(), frame.end(), padded_.begin() + kPadBins);
  for (size_t i = 1; i <= kPadBins; ++i) {
    padded_[kPadBins - i] = frame[i];
    padded_[kPadBins + kBins - 1 + i] = frame[kBins - 1 - i];
  }
  std::array<const float*, kFrequencyBins> rows{};
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = &padded_[i];
  dsp::MedianOfRows(rows, percussive_);
  const auto low_rows =
      std::span(rows).subspan(kPadBins - kLowFrequencyBins / 2, kLowFrequencyBins);
  dsp::MedianOfRows(low_rows, std::span(percussive_).first(kLowBins));
}

void DspSplitter::Give(float f0_bins, const SplitMaskSink& sink) {
  // Both channels get the same.
  Row drums = std::move(drums_.front());
  drums_.pop_front();
  Row bass(kBins);
  for (size_t bin = 0; bin < bass_range_.size(); ++bin) {
    const auto position = static_cast<float>(bin);
    const float harmonic = std::max(1.0F, std::round(position / f0_bins));
    const float distance = (position - harmonic * f0_bins) / kLobeBins;
    const float lobe = 1 / (1 + distance * distance * distance * distance);
    bass[bin] = (1 - drums[bin]) * lobe * bass_range_[bin];
  }
  for (Row* mask : {&drums, &bass}) {
    mask->resize(kFrameValues);
    std::copy_n(mask->begin(), kBins, mask->begin() + kBins);
  }
  sink({drums, bass});
}

}  // namespace stemscribe::separation
