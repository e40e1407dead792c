// How strongly something begins at each moment of a song: the curve that tempo and beats are read
// from.
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/fft.h"
#include "dsp/mel.h"

namespace stemscribe::rhythm {

inline constexpr size_t kHopSamples = 256;

/// Onset strength as spectral flux of a log-mel spectrogram, with the maximum filter over bands of
/// SuperFlux (Böck and Widmer 2013), which keeps vibrato from looking like onsets. The bass counts
/// more. Streams, keeps only the curve. Not thread-safe.
class OnsetEnvelope {
 public:
  OnsetEnvelope();

  void Push(std::span<const float> samples);  // 22.05 kHz mono

  /// One value per kHopSamples, frame n centred at sample n * kHopSamples. Silence is assumed
  /// around the stream. Ready for a new stream after.
  std::vector<float> Finish();

 private:
  void Reset();
  void AppendReadyFrames();
  float NextFlux();

  dsp::RealFft fft_;
  dsp::MelFilterbank filters_;
  std::vector<float> window_;
  std::vector<float> windowed_;
  std::vector<std::complex<float>> spectrum_;
  std::vector<float> magnitude_;

  std::vector<float> pending_;  // from the start of the next frame on
  size_t num_samples_ = 0;
  std::vector<std::vector<float>> bands_;  // the log-mel bands of the last frames, oldest first
  std::vector<float> envelope_;
};

}  // namespace stemscribe::rhythm
