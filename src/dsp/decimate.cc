#include "dsp/decimate.h"

#include <array>
#include <cmath>
#include <numbers>

namespace stemscribe::dsp {
namespace {

constexpr size_t kNumPairs = (kDecimateReach + 1) / 2;  // taps at ±1, ±3, … ±13; even ones are zero

using Taps = std::array<float, kNumPairs>;

Taps DesignTaps() {
  constexpr double kBeta = 10.0;  // Kaiser: about 100 dB
  std::array<double, kNumPairs> taps{};
  double sum = 0;
  for (size_t i = 0; i < kNumPairs; ++i) {
    const double distance = static_cast<double>(2 * i + 1);
    const double edge = distance / (kDecimateReach + 1.0);
    const double window =
        std::cyl_bessel_i(0.0, kBeta * std::sqrt(1 - edge * edge)) / std::cyl_bessel_i(0.0, kBeta);
    taps[i] = std::sin(std::numbers::pi * distance / 2) / (std::numbers::pi * distance) * window;
    sum += 2 * taps[i];
  }
  Taps normalized{};
  for (size_t i = 0; i < kNumPairs; ++i) {
    normalized[i] = static_cast<float>(taps[i] * 0.5 / sum);  // beside 0.5 in the centre: unit gain
  }
  return normalized;
}

float SampleAt(std::span<const float> in, ptrdiff_t index) {
  return index >= 0 && index < std::ssize(in) ? in[static_cast<size_t>(index)] : 0.0F;
}

float FilterAtEdge(std::span<const float> in, const Taps& taps, ptrdiff_t centre) {
  float sum = 0.5F * SampleAt(in, centre);
  for (size_t i = 0; i < kNumPairs; ++i) {
    const auto distance = static_cast<ptrdiff_t>(2 * i + 1);
    sum += taps[i] * (SampleAt(in, centre - distance) + SampleAt(in, centre + distance));
  }
  return sum;
}

float FilterInside(const float* centre, const Taps& taps) {
  float sum = 0.5F * *centre;
  for (size_t i = 0; i < kNumPairs; ++i) {
    const auto distance = static_cast<ptrdiff_t>(2 * i + 1);
    sum += taps[i] * (centre[-distance] + centre[distance]);
  }
  return sum;
}

}  // namespace

void DecimateByTwo(std::span<const float> in, std::span<float> out) {
  static const Taps taps = DesignTaps();
  for (size_t n = 0; n < out.size(); ++n) {
    const size_t centre = 2 * n;
    const bool inside = centre >= kDecimateReach && centre + kDecimateReach < in.size();
    out[n] = inside ? FilterInside(&in[centre], taps)
                    : FilterAtEdge(in, taps, static_cast<ptrdiff_t>(centre));
  }
}

}  // namespace stemscribe::dsp
