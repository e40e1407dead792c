#include "stages/separation/vocal_masker.h"

#include <utility>

#include "stages/separation/in_parallel.h"

namespace stemscribe::separation {
namespace {

constexpr float kFloor = 1e-10F;  // where both estimates are nothing the mask is a half

nn::Tensor Run(nn::Model& model, const nn::Tensor& magnitudes) {
  const nn::TensorView view{magnitudes.shape, magnitudes.data};
  return std::move(model.Run({&view, 1}).at(0));
}

}  // namespace

VocalMasker::VocalMasker(std::unique_ptr<nn::Model> vocals,
                         std::unique_ptr<nn::Model> accompaniment, int overlap_frames)
    : vocals_(std::move(vocals)),
      accompaniment_(std::move(accompaniment)),
      segments_(kNetFrameValues, overlap_frames,
                [this](const nn::Tensor& magnitudes, std::span<float> masks) {
                  Estimate(magnitudes, masks);
                }) {}

void VocalMasker::Estimate(const nn::Tensor& magnitudes, std::span<float> masks) {
  nn::Tensor vocals;
  nn::Tensor accompaniment;
  InParallel([&] { vocals = Run(*vocals_, magnitudes); },
             [&] { accompaniment = Run(*accompaniment_, magnitudes); });
  for (size_t frame = 0; frame < kSegmentFrames; ++frame) {
    for (size_t channel = 0; channel < 2; ++channel) {
      const size_t row = (channel * kSegmentFrames + frame) * kNetBins;
      float* out = &masks[frame * kNetFrameValues + channel * kNetBins];
      for (size_t bin = 0; bin < kNetBins; ++bin) {
        const float magnitude = magnitudes.data[row + bin];
        const float voice = vocals.data[row + bin] * magnitude;
        const float rest = accompaniment.data[row + bin] * magnitude;
        out[bin] = (voice * voice + kFloor / 2) / (voice * voice + rest * rest + kFloor);
      }
    }
  }
}

}  // namespace stemscribe::separation
