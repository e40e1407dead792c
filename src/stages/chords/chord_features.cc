#include "stages/chords/chord_features.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/cancellation.h"
#include "base/error.h"
#include "dsp/tuning.h"

namespace stemscribe::chords {
namespace {

constexpr size_t kFramesAtOnce = 1024;
constexpr double kFSharp0Midi = 18;
// The nets were trained on the transform's bins 18 … 269.
constexpr size_t kFirstBin = 18;

double MinHz(double tuning_cents) {
  return 440 * std::exp2((kFSharp0Midi - 69 + tuning_cents / 100) / 12);
}

void ReadExactly(const SampleReader& read, int64_t offset, std::span<float> out) {
  if (!out.empty() && read(offset, out) != out.size()) {
    throw Error(ErrorCode::kIo, "the song is shorter than it was");
  }
}

}  // namespace

ChordFeatures::ChordFeatures(SampleReader read, int64_t num_samples, double tuning_cents)
    : read_(std::move(read)),
      num_samples_(num_samples),
      cqt_({MinHz(tuning_cents), kFirstBin, kNumBins}) {}

void ChordFeatures::Compute(size_t first_frame, std::span<float> out, const std::stop_token& stop) {
  while (!out.empty()) {
    ThrowIfStopped(stop);
    const size_t num_frames = std::min(kFramesAtOnce, out.size() / kNumBins);
    samples_.assign(dsp::HybridCqt::NumSamples(num_frames), 0.0F);
    ReadAround(first_frame);
    cqt_.Transform(samples_, num_frames, out.first(num_frames * kNumBins));
    out = out.subspan(num_frames * kNumBins);
    first_frame += num_frames;
  }
}

// Fills samples_ with the song; what lies before its start or after its end stays zero.
void ChordFeatures::ReadAround(size_t first_frame) {
  const int64_t start = static_cast<int64_t>(first_frame * kHopSamples) -
                        static_cast<int64_t>(dsp::HybridCqt::kMarginSamples);
  const int64_t begin = std::clamp<int64_t>(start, 0, num_samples_);
  const int64_t end = std::clamp<int64_t>(start + std::ssize(samples_), begin, num_samples_);
  ReadExactly(read_, begin,
              std::span(samples_).subspan(static_cast<size_t>(begin - start),
                                          static_cast<size_t>(end - begin)));
}

double EstimateTuningCents(const SampleReader& read, int64_t num_samples,
                           const std::stop_token& stop) {
  constexpr int64_t kBlockSamples = 1 << 16;
  dsp::TuningEstimator estimator(kRateHz);
  std::vector<float> block;
  for (int64_t offset = 0; offset < num_samples; offset += kBlockSamples) {
    ThrowIfStopped(stop);
    block.resize(static_cast<size_t>(std::min(kBlockSamples, num_samples - offset)));
    ReadExactly(read, offset, block);
    estimator.Push(block);
  }
  return estimator.FinishCents();
}

}  // namespace stemscribe::chords
