// Splits a stereo song into vocals, bass, drums and other, block by block, in memory that does not
// grow with the song.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audio/audio_buffer.h"
#include "nn/manifest.h"
#include "nn/model.h"
#include "stages/separation/splitter.h"

namespace stemscribe::separation {

inline constexpr int kRateHz = 44100;

enum Stem : size_t { kVocals, kBass, kDrums, kOther, kInstrumental, kNumStems };
inline constexpr std::array<const char*, kNumStems> kStemNames = {"vocals", "bass", "drums",
                                                                  "other", "instrumental"};

/// The stems of one stretch of time, in order and without gaps: 2 channels, 44.1 kHz each.
/// Sample by sample: vocals + instrumental = mix, and bass + drums + other = instrumental, to float
/// rounding.
struct StemBlock : std::array<audio::AudioBuffer, kNumStems> {
  /// The singer for who looks for the pitch, mono: masked by the ratio of magnitudes, not of their
  /// squares as the vocals are. More of the voice is left, and more of the rest. Empty without
  /// SeparatorParams::with_voice.
  std::vector<float> voice;
};
using StemSink = std::function<void(StemBlock&&)>;

/// Pull nothing, push blocks. Not thread-safe.
class Separator {
 public:
  virtual ~Separator() = default;

  /// Takes the next `block` (44.1 kHz, 2 channels, any length) and calls `sink` with what became
  /// ready. Samples that are no finite number, or beyond a million times full scale, count as 0.
  /// Throws Error{kInvalidArgument} for another rate or number of channels.
  virtual void Push(const audio::AudioBuffer& block, const StemSink& sink) = 0;

  /// Delivers the rest. The total length of the stems is exactly that of the input. Ready for a new
  /// song after.
  virtual void Finish(const StemSink& sink) = 0;

  /// What made each stem, for result.json, e.g. "spleeter-2stems 0.1.5 (openvino-cpu-bf16) +
  /// wiener-filter 1", "dsp-splitter 1 + wiener-filter 1".
  virtual std::array<std::string, kNumStems> engines() const = 0;
};

enum class SplitterKind {
  kBlend,  // both of the others
  kNet,    // trained for stemscribe
  kDsp,    // signal processing
};

struct SeparatorParams {
  int overlap_frames = 64;  // cross-fade between segments of 512 STFT frames: 0 … 256
  bool extend_mask = true;  // above the 11 kHz that the nets see; else no vocals there
  SplitterKind splitter = SplitterKind::kBlend;
  bool wiener_filter = true;  // else masks alone make the stems
  bool with_voice = true;     // StemBlock::voice
};

/// "blend", "net" or "dsp"; throws Error{kInvalidArgument} for another name.
SplitterKind ParseSplitter(std::string_view name);

/// The splitter of the instrumental into drums, bass and other alone. Throws as MakeSeparator.
std::unique_ptr<InstrumentalSplitter> MakeSplitter(const nn::Manifest& manifest, nn::Engine& engine,
                                                   const SeparatorParams& params);

/// The two Spleeter nets for vocals and accompaniment, then the splitter of the instrumental.
/// Throws as Manifest::Find and Engine::Load do, Error{kInvalidArgument} for a wrong overlap.
std::unique_ptr<Separator> MakeSeparator(const nn::Manifest& manifest, nn::Engine& engine,
                                         const SeparatorParams& params);

}  // namespace stemscribe::separation
