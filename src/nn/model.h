// A neural network that was loaded: tensors in, tensors out. The engines (OpenVINO now, others
// later) implement it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace stemscribe::nn {

/// A dense row-major float tensor that borrows its data.
struct TensorView {
  std::vector<int64_t> shape;
  std::span<const float> data;
};

/// A dense row-major float tensor that owns its data.
struct Tensor {
  std::vector<int64_t> shape;
  std::vector<float> data;
};

enum class Precision {
  kAuto,  // bf16 where the CPU has it and the manifest calls it safe for the model, else f32
  kF32,
  kBf16,  // as kAuto, but an error where the CPU lacks bf16; models marked unsafe stay f32
};

/// One network, ready to run. Not thread-safe: one caller at a time.
class Model {
 public:
  virtual ~Model() = default;

  /// Runs the network. `inputs` in the manifest's order; the outputs come in the manifest's order
  /// too. Throws Error{kInvalidArgument} on a wrong number or shape of inputs,
  /// Error{kProcessingFailed} if the engine fails.
  virtual std::vector<Tensor> Run(std::span<const TensorView> inputs) = 0;

  /// What runs it, for result.json: e.g. "openvino-cpu-bf16".
  virtual std::string engine() const = 0;
};

struct ModelEntry;  // manifest.h

/// Loads models. Thread-safe: models may be loaded from several threads at once.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Loads the model of `entry` (a file whose checksum has been verified or is trusted by the
  /// caller). Throws Error{kProcessingFailed} if the file is missing or cannot be compiled.
  virtual std::unique_ptr<Model> Load(const ModelEntry& entry) = 0;
};

struct EngineOptions {
  Precision precision = Precision::kAuto;
  int num_threads = 0;  // 0: all cores
};

/// OpenVINO on the CPU (openvino_engine.cc).
std::unique_ptr<Engine> MakeOpenVinoEngine(const EngineOptions& options);

/// "OpenVINO 2026.4.1, CPU: AMD EPYC …": the engine and the device it runs on, for people.
std::string EngineInfo();

}  // namespace stemscribe::nn
