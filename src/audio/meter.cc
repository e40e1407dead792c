#include "audio/meter.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace stemscribe::audio {
namespace {

struct DestroyState {
  void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};

}  // namespace

struct LoudnessMeter::Impl {
  std::unique_ptr<ebur128_state, DestroyState> state;
  std::vector<float> interleaved = {};
  float peak = 0;
};

LoudnessMeter::LoudnessMeter(int rate_hz, int num_channels) : impl_(std::make_unique<Impl>()) {
  if (rate_hz > 0 && (num_channels == 1 || num_channels == 2)) {
    impl_->state.reset(ebur128_init(static_cast<unsigned>(num_channels),
                                    static_cast<unsigned long>(rate_hz),
                                    EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM));
  }
  if (!impl_->state) {
    throw Error(ErrorCode::kInvalidArgument, "loudness is measured for 1 or 2 channels");
  }
  // A single channel is heard from both speakers.
  if (num_channels == 1) ebur128_set_channel(impl_->state.get(), 0, EBUR128_DUAL_MONO);
}
LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;

void LoudnessMeter::Push(const AudioBuffer& block) {
  Impl& impl = *impl_;
  const size_t num_channels = impl.state->channels;
  if (block.empty()) return;
  if (block.num_channels() != num_channels) {
    throw Error(ErrorCode::kInvalidArgument, "the meter was made for another number of channels");
  }
  impl.interleaved.resize(block.num_samples() * num_channels);
  for (size_t c = 0; c < num_channels; ++c) {
    float* out = impl.interleaved.data() + c;
    for (const float sample : block.channels[c]) {
      impl.peak = std::max(impl.peak, std::abs(sample));
      *out = sample;
      out += num_channels;
    }
  }
  if (ebur128_add_frames_float(impl.state.get(), impl.interleaved.data(), block.num_samples()) !=
      EBUR128_SUCCESS) {
    throw Error(ErrorCode::kProcessingFailed, "measuring the loudness failed");
  }
}

std::optional<double> LoudnessMeter::integrated_lufs() const {
  double lufs = 0;
  if (ebur128_loudness_global(impl_->state.get(), &lufs) != EBUR128_SUCCESS) return std::nullopt;
  return std::isfinite(lufs) ? std::optional(lufs) : std::nullopt;
}

double LoudnessMeter::peak_dbfs() const {
  return impl_->peak > 0 ? std::max(kSilenceDbfs, 20 * std::log10(static_cast<double>(impl_->peak)))
                         : kSilenceDbfs;
}

}  // namespace stemscribe::audio
