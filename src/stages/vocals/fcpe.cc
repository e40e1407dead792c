#include "stages/vocals/fcpe.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stages/vocals/mel_level_meter.h"

namespace stemscribe::vocals {
namespace {

constexpr size_t kBins = 360;
constexpr std::ptrdiff_t kPeakReach = 4;  // bins to either side of a peak that make its pitch
constexpr double kReferenceHz = 10;       // the net's cents count from here
constexpr double kMinHz = 32.7;
constexpr double kMaxHz = 1975.5;
constexpr float kMinPeak = 0.01F;  // a weaker second reading is noise

constexpr size_t kChunkFrames = 2200;
constexpr size_t kOverlapFrames = 100;

double BinCents(std::ptrdiff_t bin) {
  const double low = 1200 * std::log2(kMinHz / kReferenceHz);
  const double high = 1200 * std::log2(kMaxHz / kReferenceHz);
  return low + (high - low) * static_cast<double>(bin) / (kBins - 1);
}

PitchCandidate ReadPeak(std::span<const float> salience, std::ptrdiff_t peak) {
  double weighted_cents = 0;
  double sum = 0;
  for (std::ptrdiff_t i = peak - kPeakReach; i <= peak + kPeakReach; ++i) {
    const std::ptrdiff_t bin = std::clamp<std::ptrdiff_t>(i, 0, kBins - 1);
    weighted_cents += BinCents(bin) * salience[static_cast<size_t>(bin)];
    sum += salience[static_cast<size_t>(bin)];
  }
  if (sum <= 0) return {};
  return {static_cast<float>(kReferenceHz * std::exp2(weighted_cents / sum / 1200)),
          salience[static_cast<size_t>(peak)]};
}

}  // namespace

FcpeFrame DecodeSalience(std::span<const float> salience) {
  const auto best = std::max_element(salience.begin(), salience.end()) - salience.begin();
  std::array<std::pair<float, std::ptrdiff_t>, FcpeFrame{}.size()> peaks{};
  peaks[0] = {salience[static_cast<size_t>(best)], best};
  for (size_t k = 0; k < kBins; ++k) {
    const bool rises = k == 0 || salience[k] > salience[k - 1];
    const bool falls = k + 1 == kBins || salience[k] >= salience[k + 1];
    const auto bin = static_cast<std::ptrdiff_t>(k);
    if (!rises || !falls || bin == best || salience[k] < kMinPeak) continue;
    std::pair<float, std::ptrdiff_t> peak{salience[k], bin};
    for (size_t i = 1; i < peaks.size(); ++i) {
      if (peak.first > peaks[i].first) std::swap(peak, peaks[i]);
    }
  }
  FcpeFrame frame;
  for (size_t i = 0; i < frame.size(); ++i) {
    if (i == 0 || peaks[i].first > 0) frame[i] = ReadPeak(salience, peaks[i].second);
  }
  return frame;
}

void FcpeTracker::Push(std::span<const float> samples) {
  mel_extractor_.Push(samples, mel_);
  RunFullChunks();
}

void FcpeTracker::RunFullChunks() {
  AppendMelLevels(std::span(mel_).subspan((levels_db_.size() - first_mel_frame_) * kMelBands),
                  levels_db_);
  // A chunk waits for one frame more than it needs, so that a clip of exactly one chunk is run
  // once.
  for (;;) {
    const size_t first = frames_.empty() ? 0 : frames_.size() - kOverlapFrames;
    if (NumMelFrames() <= first + kChunkFrames) return;
    RunChunk(first, kChunkFrames, first + kChunkFrames - kOverlapFrames);
  }
}

FcpeTrack FcpeTracker::Finish() {
  mel_extractor_.Finish(mel_);
  RunFullChunks();
  const size_t total = NumMelFrames();
  if (frames_.size() < total) {
    // The last chunk is a full one too, as far back as it takes: statistics of a short rest would
    // be its own.
    const size_t first = total > kChunkFrames ? total - kChunkFrames : 0;
    RunChunk(first, total - first, total);
  }
  mel_.clear();
  first_mel_frame_ = 0;
  return {std::exchange(frames_, {}), std::exchange(levels_db_, {})};
}

void FcpeTracker::RunChunk(size_t first_frame, size_t num_frames, size_t end_frame) {
  const nn::TensorView input{
      {1, static_cast<int64_t>(num_frames), static_cast<int64_t>(kMelBands)},
      std::span<const float>(mel_).subspan((first_frame - first_mel_frame_) * kMelBands,
                                           num_frames * kMelBands)};
  const std::vector<nn::Tensor> outputs = model_->Run({&input, 1});
  const std::span<const float> salience(outputs.at(0).data);
  for (size_t n = frames_.size(); n < end_frame; ++n) {
    frames_.push_back(DecodeSalience(salience.subspan((n - first_frame) * kBins, kBins)));
  }
  // Finish may look back one whole chunk from any later frame.
  if (end_frame > kChunkFrames) {
    const size_t keep_from = end_frame - kChunkFrames;
    mel_.erase(mel_.begin(), mel_.begin() + static_cast<std::ptrdiff_t>(
                                                (keep_from - first_mel_frame_) * kMelBands));
    first_mel_frame_ = keep_from;
  }
}

}  // namespace stemscribe::vocals
