#include "stages/rhythm/beat_tracker.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "nn/manifest.h"
#include "nn/model.h"
#include "stages/rhythm/beat_path.h"
#include "stages/rhythm/rhythm_net.h"

namespace stemscribe::rhythm {
namespace {

constexpr float kMinActivation = 0.1F;  // of a song's typical beat: less is no beat
constexpr float kWeakBeat = 0.3F;       // of the typical beat: trimmed at the ends
constexpr size_t kMinBeats = 4;

float StrengthAt(const std::vector<float>& activation, size_t frame) {
  const auto first =
      activation.begin() + static_cast<std::ptrdiff_t>(frame - std::min<size_t>(frame, 2));
  const auto last =
      activation.begin() + static_cast<std::ptrdiff_t>(std::min(activation.size(), frame + 3));
  return *std::max_element(first, last);
}

std::vector<float> StrengthsAt(const std::vector<float>& activation,
                               const std::vector<size_t>& beats) {
  std::vector<float> strengths(beats.size());
  std::transform(beats.begin(), beats.end(), strengths.begin(),
                 [&](size_t beat) { return StrengthAt(activation, beat); });
  return strengths;
}

/// 0 of none.
template <typename T>
T Median(std::vector<T> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The frames from the first that sounds to the last.
class SoundingRange {
 public:
  void Push(std::span<const float> frames) {
    for (; !frames.empty(); frames = frames.subspan(kMelBands), ++num_frames_) {
      const auto bands = frames.first(kMelBands);
      if (*std::max_element(bands.begin(), bands.end()) < kSilence) continue;
      first_ = std::min(first_, num_frames_);
      last_ = num_frames_;
    }
  }

  bool Contains(size_t frame) const {
    return frame + kBlurFrames >= first_ && frame <= last_ + kBlurFrames;
  }

 private:
  static constexpr float kSilence = 0.02F;  // of a log-mel band: -80 dB of full scale
  static constexpr size_t kBlurFrames = 2;  // of a beat, to either side
  size_t num_frames_ = 0;
  size_t first_ = std::numeric_limits<size_t>::max();
  size_t last_ = 0;
};

/// Drops beats at both ends that hardly anything is heard of: lead-in, fade-out, silence.
void TrimEnds(const std::vector<float>& activation, float typical, const SoundingRange& sounding,
              std::vector<size_t>& beats) {
  const auto is_heard = [&](size_t beat) {
    return sounding.Contains(beat) && StrengthAt(activation, beat) >= kWeakBeat * typical;
  };
  beats.erase(std::find_if(beats.rbegin(), beats.rend(), is_heard).base(), beats.end());
  beats.erase(beats.begin(), std::find_if(beats.begin(), beats.end(), is_heard));
}

/// The time of the beat at `frame`, between frames where the curve bends over (a parabola through
/// three points).
double BeatTime(const std::vector<float>& activation, size_t frame) {
  double offset = 0;
  if (frame > 0 && frame + 1 < activation.size()) {
    const double left = activation[frame - 1];
    const double top = activation[frame];
    const double right = activation[frame + 1];
    const double bend = left - 2 * top + right;
    if (top >= left && top >= right && bend < 0) offset = 0.5 * (left - right) / bend;
  }
  return std::max(0.0, (static_cast<double>(frame) + offset) / kFramesPerSec);
}

/// From distances over several beats, so that the frames' grain does not count; the median passes
/// over breaks.
double TempoOf(const std::vector<double>& beats_sec) {
  const size_t span = std::min<size_t>(16, beats_sec.size() / 2);
  std::vector<double> periods;
  for (size_t i = 0; i + span < beats_sec.size(); ++i) {
    periods.push_back((beats_sec[i + span] - beats_sec[i]) / static_cast<double>(span));
  }
  return 60 / Median(std::move(periods));
}

class NetBeatTracker : public BeatTracker {
 public:
  NetBeatTracker(std::unique_ptr<nn::Model> model, std::string engine)
      : net_(std::move(model)), engine_(std::move(engine)) {}

  void Push(std::span<const float> samples) override {
    mel_.Push(samples, frames_);
    PushFrames();
  }

  Rhythm Finish() override {
    mel_.Finish(frames_);
    PushFrames();
    const Activations heard = net_.Finish();
    const SoundingRange sounding = std::exchange(sounding_, {});
    Rhythm rhythm;
    rhythm.engine = engine_;
    std::vector<size_t> beats = BeatPath(heard.beat);
    const float typical = Median(StrengthsAt(heard.beat, beats));
    if (typical < kMinActivation) return rhythm;
    TrimEnds(heard.beat, typical, sounding, beats);
    if (beats.size() < kMinBeats) return rhythm;
    for (const size_t beat : beats) rhythm.beats_sec.push_back(BeatTime(heard.beat, beat));
    rhythm.tempo_bpm = TempoOf(rhythm.beats_sec);
    const std::vector<float> strengths = StrengthsAt(heard.beat, beats);
    rhythm.confidence = std::accumulate(strengths.begin(), strengths.end(), 0.0) /
                        static_cast<double>(strengths.size());
    rhythm.downbeat_activations = StrengthsAt(heard.downbeat, beats);
    return rhythm;
  }

 private:
  void PushFrames() {
    sounding_.Push(frames_);
    net_.Push(frames_);
  }

  LogMel mel_;
  RhythmNet net_;
  SoundingRange sounding_;
  std::vector<float> frames_;
  const std::string engine_;
};

}  // namespace

std::unique_ptr<BeatTracker> MakeBeatTracker(const nn::Manifest& manifest, nn::Engine& engine) {
  const nn::ModelEntry& entry = manifest.Find("rhythm");
  std::unique_ptr<nn::Model> model = engine.Load(entry);
  std::string name = "rhythm " + entry.version + " (" + model->engine() + ")";
  return std::make_unique<NetBeatTracker>(std::move(model), std::move(name));
}

}  // namespace stemscribe::rhythm
