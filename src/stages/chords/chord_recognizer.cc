#include "stages/chords/chord_recognizer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/cancellation.h"
#include "base/error.h"
#include "stages/chords/chord_decoder.h"
#include "stages/chords/chord_dictionary.h"
#include "stages/chords/chord_features.h"
#include "stages/chords/chord_nets.h"
#include "stages/chords/chord_windows.h"
#include "stages/chords/harte_label.h"
#include "stages/chords/key_estimator.h"

namespace stemscribe::chords {
namespace {

constexpr std::array<std::pair<Vocabulary, const char*>, 3> kVocabularies = {{
    {Vocabulary::kSubmission, "submission"},
    {Vocabulary::kIsmir2017, "ismir2017"},
    {Vocabulary::kFull, "full"},
}};

// Of the loudest bin of a frame, about -75 dB full scale: nets hear chords in rounding noise.
constexpr float kSilence = 1e-3F;
// Half a second: in less no chord is to be told.
constexpr size_t kFewestFrames = 22;
// Nets change places rarely, for each is loaded anew; 17 MB of features and answers.
constexpr size_t kWindowsAtOnce = 4;
constexpr double kTuningShare = 0.04;  // of the time, for the progress

std::filesystem::path DictionaryPath(const nn::Manifest& manifest, Vocabulary vocabulary) {
  const auto* const entry =
      std::ranges::find(kVocabularies, vocabulary, [](const auto& pair) { return pair.first; });
  return manifest.Find("chord-net-0").path.parent_path() / "chords" /
         (std::string(entry->second) + ".txt");
}

// Makes N certain in the frames without sound.
void SilenceIsNoChord(std::span<const float> features, std::span<float> probabilities) {
  for (size_t frame = 0; frame * kNumBins < features.size(); ++frame) {
    const auto bins = features.subspan(frame * kNumBins, kNumBins);
    if (std::ranges::max(bins) >= kSilence) continue;
    const auto heads = probabilities.subspan(frame * kNumProbabilities, kNumProbabilities);
    std::ranges::fill(heads, 0.0F);
    heads[kHeadStart[kTriad]] = 1;
    heads[kHeadStart[kBass]] = 1;
  }
}

class NetChordRecognizer : public ChordRecognizer {
 public:
  NetChordRecognizer(const nn::Manifest& manifest, nn::Engine& engine, Vocabulary vocabulary)
      : nets_(manifest, engine),
        dictionary_(LoadDictionary(DictionaryPath(manifest, vocabulary))),
        decoder_(dictionary_) {}

  ChordResult Recognize(const SampleReader& read, int64_t num_samples, double duration_sec,
                        const std::function<void(double)>& progress,
                        const std::stop_token& stop) override {
    ChordResult result;
    result.tuning_cents = EstimateTuningCents(read, num_samples, stop);
    progress(kTuningShare);
    ChordFeatures features(read, num_samples, result.tuning_cents);
    std::vector<DecodedSpan> spans = {{0, features.num_frames(), 0, 1.0F}};
    if (features.num_frames() >= kFewestFrames) spans = Decode(features, progress, stop);
    result.engine = nets_.engine();
    result.chords = ToChords(std::move(spans), duration_sec);
    result.key = key_estimator_.Finish();
    progress(1);
    return result;
  }

 private:
  std::vector<DecodedSpan> Decode(ChordFeatures& features,
                                  const std::function<void(double)>& progress,
                                  const std::stop_token& stop) {
    decoder_.Finish();  // of a song that was cancelled
    key_estimator_.Finish();
    const std::vector<Window> windows = SplitIntoWindows(features.num_frames());
    const double share = (1 - kTuningShare) / static_cast<double>(windows.size());
    for (size_t i = 0; i < windows.size(); i += kWindowsAtOnce) {
      const auto some = std::span(windows).subspan(i, std::min(kWindowsAtOnce, windows.size() - i));
      const double done = kTuningShare + share * static_cast<double>(i);
      Hear(features, some, stop,
           [&](double part) { progress(done + share * part * static_cast<double>(some.size())); });
    }
    return decoder_.Finish();
  }

  // Takes the decoder and the key on through `windows`.
  void Hear(ChordFeatures& features, std::span<const Window> windows, const std::stop_token& stop,
            const std::function<void(double)>& progress) {
    std::vector<std::vector<float>> bins;
    for (const Window& window : windows) {
      bins.emplace_back((window.end - window.begin) * kNumBins);
      features.Compute(window.begin, bins.back(), stop);
    }
    std::vector<std::vector<float>> probabilities = nets_.Run(bins, progress, stop);
    for (size_t i = 0; i < windows.size(); ++i) {
      const Window& window = windows[i];
      SilenceIsNoChord(bins[i], probabilities[i]);
      const auto core = std::span(probabilities[i])
                            .subspan((window.core_begin - window.begin) * kNumProbabilities,
                                     (window.core_end - window.core_begin) * kNumProbabilities);
      decoder_.Push(core);
      key_estimator_.Push(core);
    }
  }

  std::vector<Chord> ToChords(std::vector<DecodedSpan> spans, double duration_sec) const {
    // The decoder must start in N; a single frame of it says nothing of the song.
    if (spans.size() > 1 && spans[0].state == 0 && spans[0].end_frame == 1) {
      spans[1].first_frame = 0;
      spans.erase(spans.begin());
    }
    constexpr double kFrameSec = static_cast<double>(kHopSamples) / kRateHz;
    std::vector<Chord> chords;
    for (const DecodedSpan& span : spans) {
      const double start_sec = static_cast<double>(span.first_frame) * kFrameSec;
      const double end_sec = static_cast<double>(span.end_frame) * kFrameSec;
      if (!chords.empty() && start_sec >= duration_sec) break;
      const std::string& label = dictionary_[span.state].label;
      LabelParts parts = SplitLabel(label);
      chords.push_back({start_sec, std::min(end_sec, duration_sec), label, std::move(parts.root),
                        std::move(parts.quality), std::move(parts.bass),
                        std::clamp(span.confidence, 0.0F, 1.0F)});
    }
    chords.back().end_sec = duration_sec;
    return chords;
  }

  ChordNets nets_;
  std::vector<ChordState> dictionary_;
  ChordDecoder decoder_;
  KeyEstimator key_estimator_;
};

}  // namespace

Vocabulary ParseVocabulary(std::string_view name) {
  for (const auto& [vocabulary, text] : kVocabularies) {
    if (name == text) return vocabulary;
  }
  throw Error(ErrorCode::kInvalidArgument, "unknown chord vocabulary: " + std::string(name),
              {{"chord_vocabulary", "choose from submission, ismir2017, full"}});
}

std::unique_ptr<ChordRecognizer> MakeChordRecognizer(const nn::Manifest& manifest,
                                                     nn::Engine& engine, Vocabulary vocabulary) {
  return std::make_unique<NetChordRecognizer>(manifest, engine, vocabulary);
}

}  // namespace stemscribe::chords
