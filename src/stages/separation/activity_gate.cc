#include "stages/separation/activity_gate.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "stages/separation/spectrogram.h"

namespace stemscribe::separation {
namespace {

constexpr double kMemoryFrames = 258;  // six seconds
constexpr double kTiny = 1e-12;

// Below the first level beside the instrumental a stem is shut, above the second one open. Found on
// the songs that training selects by (docs/EVALUATION.md): what leaks is mostly below, what plays
// above.
struct Range {
  double shut_db;
  double open_db;
};
constexpr Range kPlain{-24, -18};
constexpr Range kTreble{-18, -12};

// The power response of a difference of neighbouring samples, for both channels.
std::vector<float> TrebleWeights() {
  std::vector<float> weights(kFrameValues);
  for (size_t i = 0; i < kFrameValues; ++i) {
    const double sine = std::sin(std::numbers::pi * double(i % kBins) / double(kStft.fft_size));
    weights[i] = static_cast<float>(4 * sine * sine);
  }
  return weights;
}

float Opening(double part, double whole, Range range) {
  const double level_db = 10 * std::log10((part + kTiny) / (whole + kTiny));
  return static_cast<float>(
      std::clamp((level_db - range.shut_db) / (range.open_db - range.shut_db), 0.0, 1.0));
}

void Scale(std::vector<float>& mask, float gain) {
  for (float& value : mask) value *= gain;
}

}  // namespace

ActivityGate::ActivityGate() : treble_(TrebleWeights()) {}

void ActivityGate::Push(std::span<const float> magnitudes, SplitMasks&& masks,
                        const SplitMaskSink& sink) {
  static const double kKept = std::exp(-1 / kMemoryFrames);
  for (Energy* energy : {&all_, &drums_, &bass_}) {
    energy->plain *= kKept;
    energy->treble *= kKept;
  }
  const auto add = [](Energy& energy, float magnitude, float weight) {
    const float power = magnitude * magnitude;
    energy.plain += double{power};
    energy.treble += double{power * weight};
  };
  for (size_t i = 0; i < kFrameValues; ++i) {
    add(all_, magnitudes[i], treble_[i]);
    add(drums_, magnitudes[i] * masks.drums[i], treble_[i]);
    add(bass_, magnitudes[i] * masks.bass[i], treble_[i]);
  }
  waiting_.push_back(std::move(masks));
  if (waiting_.size() > kAheadFrames) Give(sink);
}

void ActivityGate::Finish(const SplitMaskSink& sink) {
  while (!waiting_.empty()) Give(sink);
  all_ = drums_ = bass_ = {};
}

void ActivityGate::Give(const SplitMaskSink& sink) {
  SplitMasks masks = std::move(waiting_.front());
  waiting_.pop_front();
  Scale(masks.drums, std::max(Opening(drums_.plain, all_.plain, kPlain),
                              Opening(drums_.treble, all_.treble, kTreble)));
  Scale(masks.bass, Opening(bass_.plain, all_.plain, kPlain));
  sink({masks.drums, masks.bass});
}

}  // namespace stemscribe::separation
