#include "audio/mix.h"

#include <algorithm>
#include <functional>

namespace stemscribe::audio {

std::vector<float> MixToMono(const AudioBuffer& block) {
  if (block.num_channels() == 0) return {};
  std::vector<float> mono = block.channels[0];
  for (size_t c = 1; c < block.num_channels(); ++c) {
    std::transform(mono.begin(), mono.end(), block.channels[c].begin(), mono.begin(),
                   std::plus<>());
  }
  const float weight = 1.0F / static_cast<float>(block.num_channels());
  for (float& sample : mono) sample *= weight;
  return mono;
}

}  // namespace stemscribe::audio
