// The spectrogram that all of the separation works on.
#pragma once

#include <cstddef>

#include "dsp/stft.h"

namespace stemscribe::separation {

inline constexpr size_t kChannels = 2;
inline constexpr dsp::StftShape kStft{.fft_size = 4096, .hop = 1024};
inline constexpr size_t kBins = kStft.fft_size / 2 + 1;

/// Values of one frame: those of the left channel's bins, then the right's. Magnitudes and masks of
/// consecutive frames follow one another.
inline constexpr size_t kFrameValues = kChannels * kBins;

}  // namespace stemscribe::separation
