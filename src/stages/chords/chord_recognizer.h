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
  std::string label;    // Harte: "Bb:maj", "D:min7/b3", "N"
  std::string root;     // "Bb"; empty for N
  std::string quality;  // "maj"; empty for N
  std::string bass;     // the note that sounds lowest, "Bb"; empty for N
  // 0 … 1: the mean over the chord's frames of the probability that the nets give to all its parts
  // together (triad × bass × the tensions it defines).
  float confidence = 0;
};

struct ChordResult {
  std::vector<Chord> chords;  // cover [0, duration] without gaps
  double tuning_cents = 0;    // of the song against A = 440 Hz, in (-50, 50]
  std::string key;            // "Eb minor"; empty if no chord sounds
  std::string engine;
};

/// Reads `out.size()` samples of the song (22.05 kHz mono) from `offset` on; returns how many there
/// were.
using SampleReader = std::function<size_t(int64_t offset_samples, std::span<float> out)>;

/// Not thread-safe. Memory: about 200 MB for the nets' working space, and 0.5 kB a second of song.
class ChordRecognizer {
 public:
  virtual ~ChordRecognizer() = default;

  /// Estimates the tuning on the whole song, then the features, nets and decoding. Reads the song
  /// twice, with overlaps. Silence, and a song of less than half a second, is one N.
  /// `progress` gets 0 … 1; throws Error{kCancelled} after at most one run of one net on 70 s of
  /// song (0.2 s), Error{kIo} if `read` gives less than was asked for within `num_samples`.
  virtual ChordResult Recognize(const SampleReader& read, int64_t num_samples, double duration_sec,
                                const std::function<void(double)>& progress,
                                const std::stop_token& stop) = 0;
};

/// Loads the five nets, and the list of chords beside them. Throws what nn::Manifest::Find and
/// nn::Engine::Load throw, Error{kIo} if there is no such list.
std::unique_ptr<ChordRecognizer> MakeChordRecognizer(const nn::Manifest& manifest,
                                                     nn::Engine& engine, Vocabulary vocabulary);

}  // namespace stemscribe::chords
