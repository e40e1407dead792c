// Audio as every stage passes it on: one block of planar float samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace stemscribe::audio {

/// `channels[c][n]` is sample n of channel c, full scale ±1. All channels have one length. Owns its
/// samples.
struct AudioBuffer {
  int rate_hz = 0;
  std::vector<std::vector<float>> channels;

  size_t num_channels() const { return channels.size(); }
  size_t num_samples() const { return channels.empty() ? 0 : channels[0].size(); }
  bool empty() const { return num_samples() == 0; }
  double duration_sec() const {
    return rate_hz > 0 ? static_cast<double>(num_samples()) / rate_hz : 0.0;
  }

  static AudioBuffer Zeros(int rate_hz, size_t num_channels, size_t num_samples) {
    return {rate_hz,
            std::vector<std::vector<float>>(num_channels, std::vector<float>(num_samples))};
  }
};

}  // namespace stemscribe::audio
