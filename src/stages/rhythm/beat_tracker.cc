#include "stages/rhythm/beat_tracker.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stages/rhythm/beat_path.h"
#include "stages/rhythm/onset_envelope.h"
#include "stages/rhythm/tempo_path.h"

namespace stemscribe::rhythm {
namespace {

constexpr double kFramesPerSec = static_cast<double>(kRateHz) / kHopSamples;

// The flux of a click peaks 2 ms before it, that of slower attacks (synthetic songs) 10 ms after:
// the middle.
constexpr double kLateSec = 0.002;
constexpr float kMinFlux = 0.01F;  // a song whose strongest onset is weaker has none
constexpr double kMeanSec = 0.4;   // of the moving mean that is taken off
constexpr size_t kMinBeats = 4;
constexpr float kWeakBeat = 0.3F;  // of the typical beat: trimmed at the ends

/// Less its moving mean, not below 0, with mean square 1.
std::vector<float> Sharpened(const std::vector<float>& envelope) {
  const auto reach = static_cast<size_t>(kMeanSec * kFramesPerSec);
  std::vector<double> sums(envelope.size() + 1);
  std::partial_sum(envelope.begin(), envelope.end(), sums.begin() + 1);
  std::vector<float> sharp(envelope.size());
  double energy = 0;
  for (size_t n = 0; n < envelope.size(); ++n) {
    const size_t first = n - std::min(n, reach);
    const size_t last = std::min(envelope.size(), n + reach + 1);
    const double mean = (sums[last] - sums[first]) / static_cast<double>(last - first);
    sharp[n] = static_cast<float>(std::max(0.0, envelope[n] - mean));
    energy += static_cast<double>(sharp[n]) * sharp[n];
  }
  const auto scale = static_cast<float>(std::sqrt(static_cast<double>(sharp.size()) / energy));
  for (float& value : sharp) value *= scale;
  return sharp;
}

float StrengthAt(const std::vector<float>& envelope, size_t frame) {
  const auto first =
      envelope.begin() + static_cast<std::ptrdiff_t>(frame - std::min<size_t>(frame, 2));
  const auto last =
      envelope.begin() + static_cast<std::ptrdiff_t>(std::min(envelope.size(), frame + 3));
  return *std::max_element(first, last);
}

/// Drops beats at both ends that fall on no onset: lead-in, fade-out, silence.
void TrimEnds(const std::vector<float>& envelope, std::vector<size_t>& beats) {
  std::vector<float> strengths(beats.size());
  std::transform(beats.begin(), beats.end(), strengths.begin(),
                 [&](size_t beat) { return StrengthAt(envelope, beat); });
  if (strengths.empty()) return;
  std::vector<float> sorted = strengths;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const float threshold = kWeakBeat * *middle;
  const auto is_strong = [&](float strength) { return strength > threshold; };
  const auto first = std::find_if(strengths.begin(), strengths.end(), is_strong);
  const auto last = std::find_if(strengths.rbegin(), strengths.rend(), is_strong).base();
  if (first >= last) return beats.clear();
  beats.erase(beats.begin() + (last - strengths.begin()), beats.end());
  beats.erase(beats.begin(), beats.begin() + (first - strengths.begin()));
}

/// The time of the onset at `frame`, between frames where the curve bends over (a parabola through
/// three points).
double OnsetTime(const std::vector<float>& envelope, size_t frame) {
  double offset = 0;
  if (frame > 0 && frame + 1 < envelope.size()) {
    const double left = envelope[frame - 1];
    const double top = envelope[frame];
    const double right = envelope[frame + 1];
    const double bend = left - 2 * top + right;
    if (top >= left && top >= right && bend < 0) offset = 0.5 * (left - right) / bend;
  }
  return std::max(0.0, (static_cast<double>(frame) + offset) / kFramesPerSec - kLateSec);
}

/// From distances over several beats, so that the frames' grain does not count; the median passes
/// over breaks.
double TempoOf(const std::vector<double>& beats_sec) {
  const size_t span = std::min<size_t>(16, beats_sec.size() / 2);
  std::vector<double> periods;
  for (size_t i = 0; i + span < beats_sec.size(); ++i) {
    periods.push_back((beats_sec[i + span] - beats_sec[i]) / static_cast<double>(span));
  }
  const auto middle = periods.begin() + static_cast<std::ptrdiff_t>(periods.size() / 2);
  std::nth_element(periods.begin(), middle, periods.end());
  return 60 / *middle;
}

/// The share of onset energy within a frame of a beat, above what chance would give.
double ConfidenceOf(const std::vector<float>& envelope, const std::vector<size_t>& beats) {
  const auto first = static_cast<std::ptrdiff_t>(beats.front());
  const auto last = static_cast<std::ptrdiff_t>(beats.back());
  const double all = std::accumulate(envelope.begin() + first, envelope.begin() + last, 0.0);
  double near = 0;
  for (const size_t beat : beats) {
    for (size_t n = beat - std::min<size_t>(beat, 1); n < std::min(envelope.size(), beat + 2);
         ++n) {
      near += envelope[n];
    }
  }
  const double chance =
      std::min(0.9, 3.0 * static_cast<double>(beats.size()) / static_cast<double>(last - first));
  return all > 0 ? std::clamp((near / all - chance) / (1 - chance), 0.0, 1.0) : 0;
}

class DynamicBeatTracker : public BeatTracker {
 public:
  void Push(std::span<const float> samples) override { onsets_.Push(samples); }

  Rhythm Finish() override {
    const std::vector<float> flux = onsets_.Finish();
    if (flux.empty() || *std::max_element(flux.begin(), flux.end()) < kMinFlux) return {};
    const std::vector<float> envelope = Sharpened(flux);
    const std::vector<float> periods = TempoPath(envelope, kFramesPerSec);
    if (periods.empty()) return {};
    std::vector<size_t> beats = BeatPath(envelope, periods);
    TrimEnds(envelope, beats);
    if (beats.size() < kMinBeats) return {};
    Rhythm rhythm;
    for (const size_t beat : beats) rhythm.beats_sec.push_back(OnsetTime(envelope, beat));
    rhythm.tempo_bpm = TempoOf(rhythm.beats_sec);
    rhythm.confidence = ConfidenceOf(envelope, beats);
    return rhythm;
  }

 private:
  OnsetEnvelope onsets_;
};

}  // namespace

std::unique_ptr<BeatTracker> MakeBeatTracker() { return std::make_unique<DynamicBeatTracker>(); }

}  // namespace stemscribe::rhythm
