// Small helpers on blocks of samples.
#pragma once

#include <vector>

#include "audio/audio_buffer.h"

namespace stemscribe::audio {

/// The mean of all channels; empty if there are none.
std::vector<float> MixToMono(const AudioBuffer& block);

}  // namespace stemscribe::audio
