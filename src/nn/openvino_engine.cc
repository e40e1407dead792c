#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <numeric>
#include <openvino/openvino.hpp>

#include "base/cpu.h"
#include "base/error.h"
#include "base/mapped_file.h"
#include "nn/manifest.h"
#include "nn/model.h"
#include "nn/precision.h"

#ifdef __SANITIZE_ADDRESS__
// The engine's threads make LeakSanitizer crash now and then, and its libraries keep some memory to
// the end: programs with it are not looked at for leaks.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

namespace stemscribe::nn {
namespace {

// Runs `work`; what OpenVINO (or a library below it) throws becomes an Error that says what was
// being done.
template <typename Work>
auto Translated(const std::string& what, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kProcessingFailed, what + ": " + error.what());
  }
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t length : shape) text += (text.size() > 1 ? "," : "") + std::to_string(length);
  return text + "]";
}

class OpenVinoModel : public Model {
 public:
  OpenVinoModel(const ModelEntry& entry, std::unique_ptr<MappedFile> weights,
                ov::CompiledModel compiled)
      : name_(entry.name),
        weights_(std::move(weights)),
        compiled_(std::move(compiled)),
        request_(compiled_.create_infer_request()) {
    for (const std::string& input : entry.inputs) inputs_.push_back(compiled_.input(input));
    for (const std::string& output : entry.outputs) outputs_.push_back(compiled_.output(output));
    const auto precision = compiled_.get_property(ov::hint::inference_precision);
    engine_ = "openvino-cpu-" + precision.to_string();
  }

  std::vector<Tensor> Run(std::span<const TensorView> inputs) override {
    if (inputs.size() != inputs_.size()) {
      throw Error(ErrorCode::kInvalidArgument, name_ + " takes " + std::to_string(inputs_.size()) +
                                                   " inputs, not " + std::to_string(inputs.size()));
    }
    for (size_t i = 0; i < inputs.size(); ++i) CheckInput(inputs_[i], inputs[i]);
    return Translated("running " + name_, [&] {
      for (size_t i = 0; i < inputs.size(); ++i) {
        const ov::Shape shape(inputs[i].shape.begin(), inputs[i].shape.end());
        request_.set_tensor(inputs_[i], ov::Tensor(ov::element::f32, shape, inputs[i].data.data()));
      }
      request_.infer();
      weights_->Evict();  // the kernels have copies in an order of their own
      std::vector<Tensor> results;
      results.reserve(outputs_.size());
      for (const auto& output : outputs_) results.push_back(Copy(request_.get_tensor(output)));
      return results;
    });
  }

  std::string engine() const override { return engine_; }

 private:
  void CheckInput(const ov::Output<const ov::Node>& input, const TensorView& view) const {
    const ov::PartialShape& wanted = input.get_partial_shape();
    const bool fits = std::ranges::all_of(view.shape, [](int64_t length) { return length > 0; }) &&
                      wanted.compatible(ov::PartialShape(view.shape));
    const int64_t count =
        std::accumulate(view.shape.begin(), view.shape.end(), int64_t{1}, std::multiplies<>());
    if (fits && view.data.size() == static_cast<size_t>(count)) return;
    throw Error(ErrorCode::kInvalidArgument, name_ + ": the input " + input.get_any_name() +
                                                 " must have the shape " + wanted.to_string() +
                                                 ", not " + ShapeText(view.shape) + " with " +
                                                 std::to_string(view.data.size()) + " values");
  }

  static Tensor Copy(const ov::Tensor& tensor) {
    const ov::Shape& shape = tensor.get_shape();
    const float* data = tensor.data<const float>();
    return {{shape.begin(), shape.end()}, {data, data + tensor.get_size()}};
  }

  std::string name_;
  std::unique_ptr<MappedFile> weights_;  // outlives what is compiled, which refers to it
  ov::CompiledModel compiled_;
  ov::InferRequest request_;
  std::vector<ov::Output<const ov::Node>> inputs_;
  std::vector<ov::Output<const ov::Node>> outputs_;
  std::string engine_;
};

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorCode::kIo, "cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The weights as a tensor that borrows them. Nobody writes to it, whatever the types say.
ov::Tensor Borrow(const MappedFile& weights) {
  const auto bytes = weights.bytes();
  return {ov::element::u8, {bytes.size()}, const_cast<std::byte*>(bytes.data())};
}

class OpenVinoEngine : public Engine {
 public:
  explicit OpenVinoEngine(const EngineOptions& options)
      : options_(options),
        num_threads_(options.num_threads > 0 ? options.num_threads : AvailableCores()) {}

  std::unique_ptr<Model> Load(const ModelEntry& entry) override {
    const bool bf16 = ChooseBf16(options_.precision, entry.bf16_safe, CpuSupportsBf16());
    return Translated("loading the model " + entry.name, [&]() -> std::unique_ptr<Model> {
      auto weights = std::make_unique<MappedFile>(entry.weights_path());
      ov::CompiledModel compiled = core_.compile_model(
          core_.read_model(ReadText(entry.path), Borrow(*weights)), "CPU",
          ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
          ov::hint::inference_precision(bf16 ? ov::element::bf16 : ov::element::f32),
          ov::inference_num_threads(num_threads_), ov::num_streams(1),
          ov::hint::allow_auto_batching(false),
          // Several processes and other stages share the cores: threads must not be nailed to one.
          ov::hint::enable_cpu_pinning(false), ov::hint::enable_hyper_threading(true));
      weights->Evict();
      malloc_trim(0);  // compiling leaves a lot
      return std::make_unique<OpenVinoModel>(entry, std::move(weights), std::move(compiled));
    });
  }

 private:
  const EngineOptions options_;
  const int num_threads_;
  ov::Core core_;  // thread-safe
};

}  // namespace

std::unique_ptr<Engine> MakeOpenVinoEngine(const EngineOptions& options) {
  return Translated("starting OpenVINO", [&] { return std::make_unique<OpenVinoEngine>(options); });
}

std::string EngineInfo() {
  return Translated("asking the engine", [] {
    ov::Core core;
    const std::string version = ov::get_openvino_version().buildNumber;
    return "OpenVINO " + version.substr(0, version.find('-')) +
           ", CPU: " + core.get_property("CPU", ov::device::full_name);
  });
}

}  // namespace stemscribe::nn
