// Halving the sample rate, for the cascade of octaves of the constant-Q transform.
#pragma once

#include <cstddef>
#include <span>

namespace stemscribe::dsp {

/// How many samples to either side of in[2n] make out[n].
inline constexpr size_t kDecimateReach = 13;

/// out[n] = the low-passed in[2n]; zeros are assumed around `in`. `out`: (in.size() + 1) / 2
/// samples.
///
/// A half-band filter of 27 taps (sinc with a Kaiser window). Up to 0.45 of the new Nyquist
/// frequency it is flat within 1e-5, and nothing folds into that range by more than -100 dB. It
/// leaves the octave above to alias: whoever reads only the lower half of the new band, as the
/// constant-Q transform does, needs no steeper filter.
void DecimateByTwo(std::span<const float> in, std::span<float> out);

}  // namespace stemscribe::dsp
