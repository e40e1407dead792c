// Signals and golden arrays for the tests of this folder.
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numbers>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "nn/model.h"
#include "stages/vocals/vocal_transcriber.h"

namespace stemscribe::vocals {

/// A bright harmonic tone, whose pitch may change with time.
inline std::vector<float> Sing(double duration_sec, const std::function<double(double)>& hz_at,
                               double gain = 0.2) {
  std::vector<float> samples(static_cast<size_t>(duration_sec * kRateHz));
  double phase = 0;
  for (size_t n = 0; n < samples.size(); ++n) {
    phase += 2 * std::numbers::pi * hz_at(static_cast<double>(n) / kRateHz) / kRateHz;
    double sum = 0;
    for (int harmonic = 1; harmonic <= 10; ++harmonic) sum += std::sin(harmonic * phase) / harmonic;
    samples[n] = static_cast<float>(gain * sum);
  }
  return samples;
}

inline double CentsBetween(double hz_a, double hz_b) { return 1200 * std::log2(hz_a / hz_b); }

/// The values of tests/parity/golden/`name`, little-endian float32.
inline std::vector<float> Golden(const std::string& name) {
  const auto path = std::filesystem::path(STEMSCRIBE_SOURCE_DIR) / "tests/parity/golden" / name;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("no golden array " + path.string());
  std::vector<float> values(std::filesystem::file_size(path) / sizeof(float));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): raw floats are what the file holds
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

/// A net made of a function, to test what is around the nets.
class FunctionModel : public nn::Model {
 public:
  using Function = std::function<std::vector<nn::Tensor>(std::span<const nn::TensorView>)>;
  explicit FunctionModel(Function function) : function_(std::move(function)) {}

  std::vector<nn::Tensor> Run(std::span<const nn::TensorView> inputs) override {
    return function_(inputs);
  }
  std::string engine() const override { return "function"; }

 private:
  Function function_;
};

}  // namespace stemscribe::vocals
