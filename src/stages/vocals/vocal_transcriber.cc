#include "stages/vocals/vocal_transcriber.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "stages/vocals/fcpe.h"
#include "stages/vocals/level_meter.h"
#include "stages/vocals/mel_level_meter.h"
#include "stages/vocals/swift_f0.h"
#include "stages/vocals/track_fusion.h"

namespace stemscribe::vocals {
namespace {

// Samples are taken in blocks of this length, so that at most one net runs for each.
constexpr size_t kBlockSamples = 16000;

/// floor(duration / kHopSec), where 180.5 s must give 18050 although neither number is exact in
/// binary.
size_t NumFrames(double duration_sec) {
  constexpr double kRoundingGuard = 1e-6;
  return static_cast<size_t>(std::floor(std::max(0.0, duration_sec) / kHopSec + kRoundingGuard));
}

std::string Describe(const nn::ModelEntry& entry, const std::string& engine) {
  return entry.name + " " + entry.version + " (" + engine + ")";
}

class FusedTranscriber : public VocalTranscriber {
 public:
  FusedTranscriber(const nn::Manifest& manifest, nn::Engine& engine)
      : fcpe_(engine.Load(manifest.Find("fcpe"))),
        swift_(engine.Load(manifest.Find("swift-f0"))),
        pitch_engine_(Describe(manifest.Find("fcpe"), fcpe_.engine())),
        voicing_engine_(Describe(manifest.Find("swift-f0"), swift_.engine())) {}

  void Push(std::span<const float> vocals, std::span<const float> voice,
            std::span<const float> mix) override {
    for (size_t at = 0; at < vocals.size(); at += kBlockSamples) {
      const size_t count = std::min(vocals.size() - at, kBlockSamples);
      level_meter_.Push(vocals.subspan(at, count));
      fcpe_.Push(voice.subspan(at, count));
      swift_.Push(vocals.subspan(at, count));
      mix_meter_.Push(mix.subspan(at, count));
    }
  }

  VocalTrack Finish(double duration_sec) override {
    FcpeTrack fcpe = fcpe_.Finish();
    const std::vector<SwiftFrame> swift = swift_.Finish();
    const std::vector<float> levels_db = level_meter_.Finish();
    std::vector<float> over_mix_db = std::move(fcpe.levels_db);
    const std::vector<float> mix_db = mix_meter_.Finish();
    std::transform(over_mix_db.begin(), over_mix_db.end(), mix_db.begin(), over_mix_db.begin(),
                   std::minus<>());
    return {FuseTracks(fcpe.frames, swift, levels_db, over_mix_db, NumFrames(duration_sec)),
            pitch_engine_, voicing_engine_};
  }

 private:
  LevelMeter level_meter_;
  FcpeTracker fcpe_;
  SwiftF0Tracker swift_;
  MelLevelMeter mix_meter_;
  std::string pitch_engine_;
  std::string voicing_engine_;
};

}  // namespace

std::unique_ptr<VocalTranscriber> MakeVocalTranscriber(const nn::Manifest& manifest,
                                                       nn::Engine& engine) {
  return std::make_unique<FusedTranscriber>(manifest, engine);
}

}  // namespace stemscribe::vocals
