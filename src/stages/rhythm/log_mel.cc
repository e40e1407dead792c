#include "stages/rhythm/log_mel.h"

#include <cmath>

namespace stemscribe::rhythm {
namespace {

constexpr size_t kWindow = 1024;
constexpr float kCompression = 200;  // of the magnitudes, before the logarithm
constexpr dsp::MelFramesShape kShape{.rate_hz = kRateHz,
                                     .window = kWindow,
                                     .hop = kHopSamples,
                                     .num_bands = kMelBands,
                                     .min_hz = 30,
                                     .max_hz = 10000};

}  // namespace

LogMel::LogMel() : mel_(kShape) { Reset(); }

void LogMel::Push(std::span<const float> samples, std::vector<float>& frames) {
  if (samples.empty()) return;
  is_empty_ = false;
  pending_.insert(pending_.end(), samples.begin(), samples.end());
  AppendReadyFrames(frames);
}

void LogMel::Finish(std::vector<float>& frames) {
  if (!is_empty_) {
    pending_.insert(pending_.end(), kWindow / 2, 0.0F);
    AppendReadyFrames(frames);
  }
  Reset();
}

void LogMel::Reset() {
  pending_.assign(kWindow / 2, 0.0F);
  is_empty_ = true;
}

void LogMel::AppendReadyFrames(std::vector<float>& frames) {
  const size_t count = mel_.Append(pending_, frames);
  // The filters have unit area over hertz; the FFT's bins are this wide.
  constexpr float kHzPerBin = static_cast<float>(kRateHz) / kWindow;
  const auto scale = kCompression * kHzPerBin / static_cast<float>(mel_.window_sum());
  for (float& band : std::span(frames).last(count * kMelBands)) band = std::log1p(scale * band);
}

}  // namespace stemscribe::rhythm
