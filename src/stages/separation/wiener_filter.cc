#include "stages/separation/wiener_filter.h"

#include <algorithm>

#include "stages/separation/in_parallel.h"

namespace stemscribe::separation {
namespace {

// Found on generated songs and a real one (docs/EVALUATION.md); none of them matters much.
constexpr float kKeptPerBlock = 0.9F;  // a memory of some 15 s
constexpr size_t kSmoothBins = 4;      // to each side: 43 Hz
constexpr float kOfMix = 1e-2F;        // of the mix in each covariance: what a silent source has
constexpr float kDiffuse = 1e-3F;      // of each covariance is alike left and right, incoherent
constexpr float kTiny = 1e-20F;        // power in silence

constexpr size_t kSources = StemSpectra::kNumStems + 1;  // and other
constexpr size_t kMix = kSources;                        // in the sums
constexpr size_t kParts = 4;                             // of a covariance: left, right, real, imag
constexpr size_t kStepFrames = 8;                        // that one filter is made for
constexpr size_t kChunk = 128;                           // bins at a time stay in the first cache
constexpr size_t kChunks = (kBins + kChunk - 1) / kChunk;

using Row = std::array<float, kChunk>;

constexpr Row kOnes = [] {
  Row ones{};
  ones.fill(1);
  return ones;
}();

// Some bins of a frame, real and imaginary parts apart, so that loops over them become vectors.
struct Bins {
  Bins(const MaskedFrames& frames, size_t frame, size_t first, size_t count) {
    const auto* left = &frames.spectra[0][frame * kBins + first];
    const auto* right = &frames.spectra[1][frame * kBins + first];
    for (size_t i = 0; i < count; ++i) {
      left_real[i] = left[i].real();
      left_imag[i] = left[i].imag();
      right_real[i] = right[i].real();
      right_imag[i] = right[i].imag();
    }
    for (size_t channel = 0; channel < kChannels; ++channel) {
      const size_t start = frame * kFrameValues + channel * kBins + first;
      const float* vocals = &frames.vocals[start];
      const float* drums = &frames.drums[start];
      const float* bass = &frames.bass[start];
      for (size_t i = 0; i < count; ++i) {
        const float rest = 1 - vocals[i];
        shares[0][channel][i] = vocals[i];
        shares[1][channel][i] = rest * drums[i];
        shares[2][channel][i] = rest * bass[i];
        shares[3][channel][i] = std::max(0.0F, rest * (1 - drums[i] - bass[i]));
      }
    }
  }

  Row left_real{}, left_imag{}, right_real{}, right_imag{};
  std::array<std::array<Row, kChannels>, kSources> shares{};
};

// Calls work(first, count) for all chunks of bins, on two threads.
template <typename Work>
void ForEachChunk(const Work& work) {
  const auto run = [&](size_t from, size_t to) {
    for (size_t chunk = from; chunk < to; ++chunk) {
      work(chunk * kChunk, std::min(kChunk, kBins - chunk * kChunk));
    }
  };
  InParallel([&] { run(0, kChunks / 2); }, [&] { run(kChunks / 2, kChunks); });
}

float* PartOf(std::vector<float>& covariances, size_t source, size_t part) {
  return &covariances[(source * kParts + part) * kBins];
}

// Adds up the mean over kSmoothBins to each side.
void Smooth(const float* in, float* out) {
  for (size_t bin = 0; bin < kBins; ++bin) {
    const size_t first = bin - std::min(bin, kSmoothBins);
    const size_t last = std::min(bin + kSmoothBins, kBins - 1);
    float sum = 0;
    for (size_t i = first; i <= last; ++i) sum += in[i];
    out[bin] = sum / static_cast<float>(last - first + 1);
  }
}

// Adds what `count` bins of a frame tell of each source's covariance, and of the mix's, to `sums`.
void Accumulate(const Bins& bins, size_t first, size_t count, std::vector<float>& sums) {
  Row left, right, real, imag;
  for (size_t i = 0; i < kChunk; ++i) {
    left[i] = bins.left_real[i] * bins.left_real[i] + bins.left_imag[i] * bins.left_imag[i];
    right[i] = bins.right_real[i] * bins.right_real[i] + bins.right_imag[i] * bins.right_imag[i];
    real[i] = bins.left_real[i] * bins.right_real[i] + bins.left_imag[i] * bins.right_imag[i];
    imag[i] = bins.left_imag[i] * bins.right_real[i] - bins.left_real[i] * bins.right_imag[i];
  }
  const auto add = [&](size_t source, size_t part, const Row& row, const Row& a, const Row& b) {
    float* sum = PartOf(sums, source, part) + first;
    for (size_t i = 0; i < count; ++i) sum[i] += row[i] * a[i] * b[i];
  };
  for (size_t source = 0; source <= kMix; ++source) {
    const Row& of_left = source == kMix ? kOnes : bins.shares[source][0];
    const Row& of_right = source == kMix ? kOnes : bins.shares[source][1];
    add(source, 0, left, of_left, of_left);
    add(source, 1, right, of_right, of_right);
    add(source, 2, real, of_left, of_right);
    add(source, 3, imag, of_left, of_right);
  }
}

// The covariances of some bins, between those at both ends of a block.
using LocalCovariances = std::array<std::array<Row, kParts>, kSources>;

void Interpolate(const std::vector<float>& from, const std::vector<float>& to, float weight,
                 size_t first, size_t count, LocalCovariances& out) {
  for (size_t source = 0; source < kSources; ++source) {
    for (size_t part = 0; part < kParts; ++part) {
      const float* a = &from[(source * kParts + part) * kBins + first];
      const float* b = &to[(source * kParts + part) * kBins + first];
      Row& row = out[source][part];
      for (size_t i = 0; i < count; ++i) row[i] = a[i] + weight * (b[i] - a[i]);
    }
  }
}

// What the filters of all sources have in common: the part of each source in the power of a bin,
// and the mix over the covariance that the sources have together.
struct Whitened {
  Whitened(const Bins& bins, const LocalCovariances& covariances) {
    Row left{}, right{}, real{}, imag{}, left_power, right_power;
    for (size_t i = 0; i < kChunk; ++i) {
      const float l =
          bins.left_real[i] * bins.left_real[i] + bins.left_imag[i] * bins.left_imag[i] + kTiny;
      const float r =
          bins.right_real[i] * bins.right_real[i] + bins.right_imag[i] * bins.right_imag[i] + kTiny;
      left_power[i] = l / (l + r);
      right_power[i] = r / (l + r);
    }
    for (size_t source = 0; source < kSources; ++source) {
      const auto& [of_left, of_right] = bins.shares[source];
      const auto& covariance = covariances[source];
      for (size_t i = 0; i < kChunk; ++i) {
        const float power = of_left[i] * left_power[i] + of_right[i] * right_power[i];
        powers[source][i] = power;
        left[i] += power * covariance[0][i];
        right[i] += power * covariance[1][i];
        real[i] += power * covariance[2][i];
        imag[i] += power * covariance[3][i];
      }
    }
    for (size_t i = 0; i < kChunk; ++i) {
      const float scale = 1 / (left[i] * right[i] - real[i] * real[i] - imag[i] * imag[i] + kTiny);
      const float lr = bins.left_real[i], li = bins.left_imag[i];
      const float rr = bins.right_real[i], ri = bins.right_imag[i];
      left_real[i] = scale * (right[i] * lr - real[i] * rr + imag[i] * ri);
      left_imag[i] = scale * (right[i] * li - real[i] * ri - imag[i] * rr);
      right_real[i] = scale * (left[i] * rr - real[i] * lr - imag[i] * li);
      right_imag[i] = scale * (left[i] * ri - real[i] * li + imag[i] * lr);
    }
  }

  std::array<Row, kSources> powers;
  Row left_real, left_imag, right_real, right_imag;
};

// One stem of some bins: its covariance times `mix`.
void Filter(const Whitened& mix, const std::array<Row, kParts>& covariance, const Row& powers,
            size_t count, std::complex<float>* left, std::complex<float>* right) {
  Row left_real, left_imag, right_real, right_imag;
  for (size_t i = 0; i < kChunk; ++i) {
    const float l = powers[i] * covariance[0][i];
    const float r = powers[i] * covariance[1][i];
    const float real = powers[i] * covariance[2][i];
    const float imag = powers[i] * covariance[3][i];
    left_real[i] = l * mix.left_real[i] + real * mix.right_real[i] - imag * mix.right_imag[i];
    left_imag[i] = l * mix.left_imag[i] + real * mix.right_imag[i] + imag * mix.right_real[i];
    right_real[i] = r * mix.right_real[i] + real * mix.left_real[i] + imag * mix.left_imag[i];
    right_imag[i] = r * mix.right_imag[i] + real * mix.left_imag[i] - imag * mix.left_real[i];
  }
  for (size_t i = 0; i < count; ++i) {
    left[i] = {left_real[i], left_imag[i]};
    right[i] = {right_real[i], right_imag[i]};
  }
}

}  // namespace

void StemSpectra::Resize(size_t num_frames) {
  for (auto& stem : stems) {
    for (auto& channel : stem) channel.resize(num_frames * kBins);
  }
}

void ApplyMasks(const MaskedFrames& frames, StemSpectra& out) {
  out.Resize(frames.num_frames);
  ForEachChannel([&](size_t channel) {
    for (size_t frame = 0; frame < frames.num_frames; ++frame) {
      const size_t masks = frame * kFrameValues + channel * kBins;
      for (size_t bin = 0; bin < kBins; ++bin) {
        const size_t at = frame * kBins + bin;
        const std::complex<float> mix = frames.spectra[channel][at];
        const std::complex<float> vocals = frames.vocals[masks + bin] * mix;
        out.stems[StemSpectra::kVocals][channel][at] = vocals;
        out.stems[StemSpectra::kDrums][channel][at] = frames.drums[masks + bin] * (mix - vocals);
        out.stems[StemSpectra::kBass][channel][at] = frames.bass[masks + bin] * (mix - vocals);
      }
    }
  });
}

WienerFilter::WienerFilter() { Reset(); }

void WienerFilter::Reset() {
  sums_.assign((kSources + 1) * kParts * kBins, 0.0F);
  edges_.clear();
  num_learnt_ = 0;
}

void WienerFilter::Learn(const MaskedFrames& block) {
  for (float& value : sums_) value *= kKeptPerBlock;
  ForEachChunk([&](size_t first, size_t count) {
    for (size_t frame = 0; frame < block.num_frames; ++frame) {
      Accumulate(Bins(block, frame, first, count), first, count, sums_);
    }
  });
  if (++num_learnt_ >= kAheadBlocks) edges_.push_back(Estimate());
}

void WienerFilter::Apply(const MaskedFrames& block, StemSpectra& out) {
  while (edges_.size() < 2) edges_.push_back(Estimate());  // the end of the song
  out.Resize(block.num_frames);
  ForEachChunk([&](size_t first, size_t count) {
    LocalCovariances covariances{};
    for (size_t frame = 0; frame < block.num_frames; ++frame) {
      if (frame % kStepFrames == 0) {
        const float weight = (static_cast<float>(frame) + kStepFrames / 2.0F) / kBlockFrames;
        Interpolate(edges_[0], edges_[1], weight, first, count, covariances);
      }
      const Whitened mix(Bins(block, frame, first, count), covariances);
      const size_t at = frame * kBins + first;
      for (size_t stem = 0; stem < StemSpectra::kNumStems; ++stem) {
        auto& [left, right] = out.stems[stem];
        Filter(mix, covariances[stem], mix.powers[stem], count, &left[at], &right[at]);
      }
    }
  });
  edges_.pop_front();
}

WienerFilter::Covariances WienerFilter::Estimate() const {
  Covariances smooth(sums_.size());
  for (size_t row = 0; row < sums_.size(); row += kBins) Smooth(&sums_[row], &smooth[row]);
  const float* mix = &smooth[kMix * kParts * kBins];
  Covariances covariances(kSources * kParts * kBins);
  for (size_t source = 0; source < kSources; ++source) {
    const float* in = &smooth[source * kParts * kBins];
    float* out = &covariances[source * kParts * kBins];
    for (size_t bin = 0; bin < kBins; ++bin) {
      std::array<float, kParts> values{};
      for (size_t part = 0; part < kParts; ++part) {
        values[part] = in[part * kBins + bin] + kOfMix * mix[part * kBins + bin];
      }
      const float scale = 1 / (values[0] + values[1] + 2 * kTiny);  // their sum becomes one
      const float diffuse = kDiffuse / 2;
      out[bin] = (values[0] + kTiny) * scale + diffuse;
      out[kBins + bin] = (values[1] + kTiny) * scale + diffuse;
      out[2 * kBins + bin] = values[2] * scale;
      out[3 * kBins + bin] = values[3] * scale;
    }
  }
  return covariances;
}

}  // namespace stemscribe::separation
