// The chords of a song, in Harte syntax.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "nn/manifest.h"
#include "nn/model.h"

namespace stemscribe::chords {

inline constexpr int kRateHz = 22050;

enum class Vocabulary { kSubmission, kIsmir2017, kFull };

/// "submission", "ismir2017" or "full"; throws Error{kInvalidArgument} naming the choices
/// otherwise.
Vocabulary ParseVocabulary(std::string_view name);

struct Chord {
  double start_sec = 0;
  double end_sec = 0;
  std::string label;     // Harte: "Bb:maj", "D:min7/b3", "N"
  std::string root;      // "Bb"; empty for N
  std::string quality;   // "maj"; empty for N
  std::string bass;      // the note that sounds lowest, "Bb"; empty for N
  float confidence = 0;  // 0 … 1
};

struct ChordResult {
  std::vector<Chord> chords;  // cover [0, duration] without gaps
  double tuning_cents = 0;    // of the song against A = 440 Hz, in (-50, 50]
  std::string engine;
};

/// Reads `out.size()` samples of the song (22.05 kHz mono) from `offset` on; returns how many there
/// were.
using SampleReader = std::function<size_t(int64_t offset_samples, std::span<float> out)>;

/// Not thread-safe. Memory: features and posteriors only (about 50 kB a second of song), nets in
/// chunks.
class ChordRecognizer {
 public:
  virtual ~ChordRecognizer() = default;

  /// Estimates the tuning on the whole song, then the features, nets and decoding.
  /// `progress` gets 0 … 1; throws Error{kCancelled} within 200 ms of a stop.
  virtual ChordResult Recognize(const SampleReader& read, int64_t num_samples, double duration_sec,
                                const std::function<void(double)>& progress,
                                const std::stop_token& stop) = 0;
};

std::unique_ptr<ChordRecognizer> MakeChordRecognizer(const nn::Manifest& manifest,
                                                     nn::Engine& engine, Vocabulary vocabulary);

}  // namespace stemscribe::chords
