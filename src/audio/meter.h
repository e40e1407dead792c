// Loudness by EBU R 128 and the sample peak.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "audio/audio_buffer.h"

namespace stemscribe::audio {

/// Measures a stream. Not thread-safe; memory is constant (libebur128's histogram, 0.1 LU).
class LoudnessMeter {
 public:
  /// Peaks below this, and silence, are reported as this.
  static constexpr double kSilenceDbfs = -120.0;

  /// Throws Error{kInvalidArgument} for a rate or channel count (1 or 2) that cannot be measured.
  LoudnessMeter(int rate_hz, int num_channels);
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  LoudnessMeter& operator=(LoudnessMeter&&) noexcept;

  void Push(const AudioBuffer& block);

  /// Integrated loudness (EBU R 128, ITU-R BS.1770-4) in LUFS; nullopt for less than 0.4 s or what
  /// is quieter than the gate of −70 LUFS.
  std::optional<double> integrated_lufs() const;

  /// Largest absolute sample in dB of full scale; above 0 if samples exceed ±1.
  double peak_dbfs() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stemscribe::audio
