#include "dsp/cqt.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "dsp/decimate.h"
#include "dsp/window.h"

namespace stemscribe::dsp {
namespace {

constexpr size_t kOctaveFftSize = 512;
constexpr size_t kHighFftSize = 1024;
constexpr size_t kNumOctaves = 7;
constexpr double kHighestHz = 10000;
constexpr double kDropped = 0.01;  // of a kernel's magnitude, in its weakest bins

double RelativeBandwidth() {
  const double ratio = std::exp2(2.0 / HybridCqt::kBinsPerOctave);
  return (ratio - 1) / (ratio + 1);
}

double FilterLength(double hz, double rate_hz) { return rate_hz / (RelativeBandwidth() * hz); }

double BinHz(const CqtParams& params, size_t bin) {
  return params.min_hz * std::exp2(static_cast<double>(bin) / HybridCqt::kBinsPerOctave);
}

// The spectrum of a Hann-windowed tone of `hz`, centred in `fft_size` samples; its weakest bins are
// zero.
std::vector<std::complex<float>> KernelSpectrum(double hz, double rate_hz, size_t fft_size) {
  const double length = FilterLength(hz, rate_hz);
  const double first = std::floor(-length / 2);
  const auto count = static_cast<size_t>(std::floor(length / 2) - first);
  std::vector<float> real(fft_size);
  std::vector<float> imag(fft_size);
  const size_t offset = (fft_size - count) / 2;
  for (size_t n = 0; n < count; ++n) {
    const double phase = 2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(count);
    // The Hann windows sum to count / 2; the filters are normalised to length / fft_size.
    const double window = (0.5 - 0.5 * std::cos(phase)) / (0.5 * static_cast<double>(count)) *
                          length / static_cast<double>(fft_size);
    const double angle = 2 * std::numbers::pi * hz / rate_hz * (first + static_cast<double>(n));
    real[offset + n] = static_cast<float>(window * std::cos(angle));
    imag[offset + n] = static_cast<float>(window * std::sin(angle));
  }
  RealFft fft(fft_size);
  std::vector<std::complex<float>> spectrum(fft.num_bins());
  std::vector<std::complex<float>> imag_spectrum(fft.num_bins());
  fft.Forward(real, spectrum);
  fft.Forward(imag, imag_spectrum);
  for (size_t k = 0; k < spectrum.size(); ++k) {
    spectrum[k] += std::complex<float>(0, 1) * imag_spectrum[k];
  }
  return spectrum;
}

// Zeroes the weakest bins, which together hold less than kDropped of the magnitude.
void DropWeakBins(std::vector<std::complex<float>>& spectrum) {
  std::vector<float> magnitudes(spectrum.size());
  std::ranges::transform(spectrum, magnitudes.begin(), [](auto bin) { return std::abs(bin); });
  std::vector<float> sorted = magnitudes;
  std::ranges::sort(sorted);
  double total = 0;
  for (const float magnitude : sorted) total += magnitude;
  double below = 0;
  float threshold = 0;
  for (const float magnitude : sorted) {
    below += magnitude;
    threshold = magnitude;
    if (below >= kDropped * total) break;
  }
  for (size_t k = 0; k < spectrum.size(); ++k) {
    if (magnitudes[k] < threshold) spectrum[k] = 0;
  }
}

struct BinRange {
  size_t begin = 0;
  size_t end = 0;
};

BinRange NonZeroRange(std::span<const std::complex<float>> spectrum) {
  BinRange range{0, spectrum.size()};
  while (range.begin < range.end && spectrum[range.begin] == 0.0F) ++range.begin;
  while (range.end > range.begin && spectrum[range.end - 1] == 0.0F) --range.end;
  return range;
}

}  // namespace

HybridCqt::HybridCqt(const CqtParams& params)
    : params_(params),
      octave_fft_(kOctaveFftSize),
      high_fft_(kHighFftSize),
      window_(PeriodicHann(kHighFftSize)) {
  const bool in_range =
      params.min_hz > 0 && BinHz(params, params.first_bin + params.num_bins) <= kHighestHz;
  // From the first bin whose filter, padded to a power of two, is shorter than two hops.
  while (in_range && FilterLength(BinHz(params, num_low_bins_), kRateHz) > kHopSamples) {
    ++num_low_bins_;
  }
  if (!in_range || params.first_bin + kNumOctaves * kBinsPerOctave < num_low_bins_) {
    throw Error(ErrorCode::kInvalidArgument, "bins outside the range of the constant-Q transform");
  }
  MakeOctaveKernels();
  MakeMagnitudeKernels();
  spectrum_.resize(high_fft_.num_bins());
  windowed_.resize(kHighFftSize);
  const size_t num_block_bins = std::max(num_octave_fft_bins_, num_high_fft_bins_);
  real_.resize(num_block_bins * kFrameBlock);
  imag_.resize(num_block_bins * kFrameBlock);
}

void HybridCqt::MakeOctaveKernels() {
  // The highest octave's filters at half the rate. Each octave below halves both rate and
  // frequencies.
  for (size_t k = 0; k < kBinsPerOctave; ++k) {
    const double hz =
        BinHz(params_, num_low_bins_) * std::exp2(static_cast<double>(k) / kBinsPerOctave - 1);
    auto spectrum = KernelSpectrum(hz, kRateHz / 2.0, kOctaveFftSize);
    DropWeakBins(spectrum);
    const BinRange range = NonZeroRange(spectrum);
    ComplexKernel kernel{range.begin, {}};
    const auto scale = static_cast<float>(std::sqrt(2 / FilterLength(hz, kRateHz / 2.0)));
    for (size_t i = range.begin; i < range.end; ++i) kernel.weights.push_back(scale * spectrum[i]);
    num_octave_fft_bins_ = std::max(num_octave_fft_bins_, range.end);
    octave_kernels_.push_back(std::move(kernel));
  }
}

void HybridCqt::MakeMagnitudeKernels() {
  const size_t end_bin = params_.first_bin + params_.num_bins;
  for (size_t bin = std::max(num_low_bins_, params_.first_bin); bin < end_bin; ++bin) {
    auto spectrum = KernelSpectrum(BinHz(params_, bin), kRateHz, kHighFftSize);
    DropWeakBins(spectrum);
    const BinRange range = NonZeroRange(spectrum);
    MagnitudeKernel kernel{bin, range.begin, {}};
    const float scale = 1 / std::sqrt(static_cast<float>(kHighFftSize));
    for (size_t i = range.begin; i < range.end; ++i) {
      kernel.weights.push_back(scale * std::abs(spectrum[i]));
    }
    num_high_fft_bins_ = std::max(num_high_fft_bins_, range.end);
    magnitude_kernels_.push_back(std::move(kernel));
  }
}

void HybridCqt::Transform(std::span<const float> samples, size_t num_frames, std::span<float> out) {
  if (samples.size() != NumSamples(num_frames) || out.size() != num_frames * num_bins()) {
    throw Error(ErrorCode::kInvalidArgument, "wrong lengths for the constant-Q transform");
  }
  TransformHighBins(samples, num_frames, out);
  std::vector<float> octave;
  for (size_t i = 0; i < kNumOctaves; ++i) {
    const std::span<const float> above = i == 0 ? samples : std::span<const float>(octave);
    std::vector<float> halved((above.size() + 1) / 2);
    DecimateByTwo(above, halved);
    octave.swap(halved);
    TransformOctave(i, octave, num_frames, out);
  }
}

void HybridCqt::TransformOctave(size_t octave, std::span<const float> samples, size_t num_frames,
                                std::span<float> out) {
  const size_t halvings = octave + 1;
  const size_t hop = kHopSamples >> halvings;
  const size_t first_sample = (kMarginSamples >> halvings) - kOctaveFftSize / 2;
  const float scale = std::exp2(0.5F * static_cast<float>(octave));
  for (size_t frame = 0; frame < num_frames; frame += kFrameBlock) {
    const size_t count = std::min(kFrameBlock, num_frames - frame);
    for (size_t f = 0; f < count; ++f) {
      octave_fft_.Forward(samples.subspan(first_sample + (frame + f) * hop, kOctaveFftSize),
                          spectrum_);
      for (size_t k = 0; k < num_octave_fft_bins_; ++k) {
        real_[k * kFrameBlock + f] = spectrum_[k].real();
        imag_[k * kFrameBlock + f] = spectrum_[k].imag();
      }
    }
    for (size_t j = 0; j < kBinsPerOctave; ++j) {
      // Bins below 0 wrap to huge numbers, which nobody wants either.
      const size_t bin = num_low_bins_ - kBinsPerOctave * halvings + j;
      if (!Wanted(bin)) continue;
      std::array<float, kFrameBlock> magnitudes = Respond(octave_kernels_[j]);
      for (size_t f = 0; f < count; ++f) {
        out[(frame + f) * num_bins() + bin - params_.first_bin] = scale * magnitudes[f];
      }
    }
  }
}

std::array<float, HybridCqt::kFrameBlock> HybridCqt::Respond(const ComplexKernel& kernel) const {
  std::array<float, kFrameBlock> real{};
  std::array<float, kFrameBlock> imag{};
  for (size_t i = 0; i < kernel.weights.size(); ++i) {
    const float a = kernel.weights[i].real();
    const float b = kernel.weights[i].imag();
    const float* x = &real_[(kernel.first_fft_bin + i) * kFrameBlock];
    const float* y = &imag_[(kernel.first_fft_bin + i) * kFrameBlock];
    for (size_t f = 0; f < kFrameBlock; ++f) {
      real[f] += a * x[f] - b * y[f];
      imag[f] += a * y[f] + b * x[f];
    }
  }
  for (size_t f = 0; f < kFrameBlock; ++f) {
    real[f] = std::sqrt(real[f] * real[f] + imag[f] * imag[f]);
  }
  return real;
}

void HybridCqt::TransformHighBins(std::span<const float> samples, size_t num_frames,
                                  std::span<float> out) {
  constexpr size_t kFirstSample = kMarginSamples - kHighFftSize / 2;
  for (size_t frame = 0; frame < num_frames; frame += kFrameBlock) {
    const size_t count = std::min(kFrameBlock, num_frames - frame);
    for (size_t f = 0; f < count; ++f) {
      const float* in = &samples[kFirstSample + (frame + f) * kHopSamples];
      for (size_t n = 0; n < kHighFftSize; ++n) windowed_[n] = in[n] * window_[n];
      high_fft_.Forward(windowed_, spectrum_);
      for (size_t k = 0; k < num_high_fft_bins_; ++k) {
        real_[k * kFrameBlock + f] = std::sqrt(std::norm(spectrum_[k]));
      }
    }
    for (const MagnitudeKernel& kernel : magnitude_kernels_) {
      std::array<float, kFrameBlock> sum{};
      for (size_t i = 0; i < kernel.weights.size(); ++i) {
        const float* x = &real_[(kernel.first_fft_bin + i) * kFrameBlock];
        for (size_t f = 0; f < kFrameBlock; ++f) sum[f] += kernel.weights[i] * x[f];
      }
      for (size_t f = 0; f < count; ++f) {
        out[(frame + f) * num_bins() + kernel.bin - params_.first_bin] = sum[f];
      }
    }
  }
}

}  // namespace stemscribe::dsp
