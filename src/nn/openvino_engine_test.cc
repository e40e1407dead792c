#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <numbers>
#include <thread>

#include "base/error.h"
#include "base/test_error.h"
#include "base/test_folder.h"
#include "nn/manifest.h"
#include "nn/model.h"
#include "nn/precision.h"

namespace stemscribe::nn {
namespace {

namespace fs = std::filesystem;

const Manifest& Models() {
  static const Manifest manifest = Manifest::Load(FindModelsDir());
  return manifest;
}

std::unique_ptr<Engine> MakeEngine(Precision precision) {
  return MakeOpenVinoEngine({.precision = precision, .num_threads = 2});
}

// What PyTorch answers, from tests/parity/make_golden_nn.py.
std::vector<float> Golden(const std::string& name) {
  const fs::path path =
      fs::path(STEMSCRIBE_SOURCE_DIR) / "tests/parity/golden" / ("nn_" + name + ".f32");
  std::vector<float> values(fs::file_size(path) / sizeof(float));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

// The inputs below are the formulas of make_golden_nn.py.
Tensor SpleeterMagnitude() {
  Tensor tensor{{1, 2, 512, 1024}, {}};
  for (int channel = 0; channel < 2; ++channel) {
    for (int frame = 0; frame < 512; ++frame) {
      for (int bin = 0; bin < 1024; ++bin) {
        const double wave = std::abs(std::sin(0.1 * frame + 0.02 * bin + channel));
        tensor.data.push_back(static_cast<float>(100 * wave / (1 + bin / 50.0)));
      }
    }
  }
  return tensor;
}

Tensor FcpeMel(int frames) {
  Tensor tensor{{1, frames, 128}, {}};
  for (int frame = 0; frame < frames; ++frame) {
    for (int band = 0; band < 128; ++band) {
      tensor.data.push_back(static_cast<float>(-5 + 4 * std::sin(0.05 * frame + 0.3 * band)));
    }
  }
  return tensor;
}

Tensor ChordCqt(int frames) {
  Tensor tensor{{1, frames, 252}, {}};
  for (int frame = 0; frame < frames; ++frame) {
    for (int bin = 0; bin < 252; ++bin) {
      tensor.data.push_back(
          static_cast<float>(std::pow(std::abs(std::sin(0.03 * frame + 0.7 * bin)), 4)));
    }
  }
  return tensor;
}

Tensor RunOne(Model& model, const Tensor& input) {
  const TensorView view{input.shape, input.data};
  std::vector<Tensor> outputs = model.Run({&view, 1});
  EXPECT_EQ(outputs.size(), 1u);
  return std::move(outputs.at(0));
}

double LargestDifference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
  }
  return largest;
}

// Every 16th frame and bin, as the golden masks have them.
std::vector<float> Thinned(const Tensor& mask) {
  std::vector<float> values;
  for (size_t channel = 0; channel < 2; ++channel) {
    for (size_t frame = 8; frame < 512; frame += 16) {
      for (size_t bin = 8; bin < 1024; bin += 16) {
        values.push_back(mask.data.at((channel * 512 + frame) * 1024 + bin));
      }
    }
  }
  return values;
}

// Runs `work`, which must throw an Error, and gives its code.
TEST(OpenVinoEngineTest, SpleeterMasksAreThoseOfPyTorch) {
  const auto engine = MakeEngine(Precision::kF32);
  for (const std::string name : {"spleeter-vocals", "spleeter-accompaniment"}) {
    const Tensor mask = RunOne(*engine->Load(Models().Find(name)), SpleeterMagnitude());
    EXPECT_EQ(mask.shape, (std::vector<int64_t>{1, 2, 512, 1024}));
    EXPECT_LT(LargestDifference(Thinned(mask), Golden(name)), 1e-4) << name;
  }
}

TEST(OpenVinoEngineTest, FcpeSalienceIsThatOfPyTorch) {
  const Tensor salience =
      RunOne(*MakeEngine(Precision::kF32)->Load(Models().Find("fcpe")), FcpeMel(50));
  EXPECT_EQ(salience.shape, (std::vector<int64_t>{1, 50, 360}));
  EXPECT_LT(LargestDifference(salience.data, Golden("fcpe")), 1e-5);
}

TEST(OpenVinoEngineTest, ChordProbabilitiesAreThoseOfPyTorch) {
  const auto engine = MakeEngine(Precision::kF32);
  for (const std::string index : {"0", "1", "2", "3", "4"}) {
    const Tensor probabilities =
        RunOne(*engine->Load(Models().Find("chord-net-" + index)), ChordCqt(50));
    EXPECT_EQ(probabilities.shape, (std::vector<int64_t>{1, 50, 100}));
    EXPECT_LT(LargestDifference(probabilities.data, Golden("chord-net-" + index)), 1e-4) << index;
  }
}

TEST(OpenVinoEngineTest, SwiftF0HearsASungNote) {
  const auto model = MakeEngine(Precision::kAuto)->Load(Models().Find("swift-f0"));
  std::vector<float> audio;
  for (int i = 0; i < 16000; ++i) {
    double sample = 0;
    for (int harmonic = 1; harmonic <= 8; ++harmonic) {
      sample += std::sin(2 * std::numbers::pi * 220 * harmonic * i / 16000) / harmonic;
    }
    audio.push_back(static_cast<float>(0.2 * sample));
  }
  const std::vector<float> lowest{46.875f}, highest{2093.75f};
  const TensorView inputs[] = {{{1, 16000}, audio}, {{}, lowest}, {{}, highest}};
  const std::vector<Tensor> outputs = model->Run(inputs);
  ASSERT_EQ(outputs.size(), 2u);  // pitch, confidence
  EXPECT_EQ(outputs[0].shape, (std::vector<int64_t>{1, 62}));
  EXPECT_EQ(outputs[1].shape, (std::vector<int64_t>{1, 62}));
  for (size_t frame = 5; frame < 57; ++frame) {
    EXPECT_NEAR(outputs[0].data[frame], 220, 1.3);  // 10 cents
    EXPECT_GT(outputs[1].data[frame], 0.5);
  }
}

TEST(OpenVinoEngineTest, SafeModelsRunInBf16WhereTheCpuHasIt) {
  const auto engine = MakeEngine(Precision::kAuto);
  const auto fcpe = engine->Load(Models().Find("fcpe"));
  EXPECT_EQ(fcpe->engine(), CpuSupportsBf16() ? "openvino-cpu-bf16" : "openvino-cpu-f32");
  EXPECT_EQ(engine->Load(Models().Find("swift-f0"))->engine(), "openvino-cpu-f32");
  EXPECT_EQ(MakeEngine(Precision::kF32)->Load(Models().Find("fcpe"))->engine(), "openvino-cpu-f32");
  EXPECT_LT(LargestDifference(RunOne(*fcpe, FcpeMel(50)).data, Golden("fcpe")), 0.05);
}

TEST(OpenVinoEngineTest, OneModelTakesInputsOfAnyLengthInAnyOrder) {
  const auto model = MakeEngine(Precision::kF32)->Load(Models().Find("fcpe"));
  const Tensor first = RunOne(*model, FcpeMel(50));
  EXPECT_EQ(RunOne(*model, FcpeMel(300)).shape[1], 300);
  EXPECT_EQ(RunOne(*model, FcpeMel(1)).shape[1], 1);
  EXPECT_LT(LargestDifference(RunOne(*model, FcpeMel(50)).data, first.data), 1e-6);
}

TEST(OpenVinoEngineTest, ModelsOutliveTheirEngineAndLoadOnManyThreads) {
  auto engine = MakeEngine(Precision::kF32);
  std::vector<Tensor> results(3);
  {
    std::vector<std::jthread> threads;
    threads.reserve(results.size());
    for (Tensor& result : results) {
      threads.emplace_back(
          [&] { result = RunOne(*engine->Load(Models().Find("chord-net-2")), ChordCqt(50)); });
    }
  }
  for (const Tensor& result : results) {
    EXPECT_LT(LargestDifference(result.data, Golden("chord-net-2")), 1e-4);
  }
  const auto model = engine->Load(Models().Find("chord-net-2"));
  engine.reset();
  EXPECT_LT(LargestDifference(RunOne(*model, ChordCqt(50)).data, Golden("chord-net-2")), 1e-4);
}

TEST(OpenVinoEngineTest, RefusesInputsThatDoNotFit) {
  const auto model = MakeEngine(Precision::kF32)->Load(Models().Find("fcpe"));
  const std::vector<float> data(1280);
  const auto run = [&](std::vector<TensorView> inputs) {
    return CodeOf([&] { model->Run(inputs); });
  };
  EXPECT_EQ(run({}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({{{1, 10, 128}, data}, {{1, 10, 128}, data}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({{{1, 20, 64}, data}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({{{10, 128}, data}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({{{1, 11, 128}, data}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({{{1, 0, 128}, {}}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(run({{{1, -10, 128}, data}}), ErrorCode::kInvalidArgument);
  EXPECT_NO_THROW(RunOne(*model, {{1, 10, 128}, data}));
}

TEST(OpenVinoEngineTest, SaysWhichModelCannotBeLoaded) {
  const auto engine = MakeEngine(Precision::kF32);
  ModelEntry entry = Models().Find("fcpe");
  entry.outputs = {"loudness"};
  EXPECT_EQ(CodeOf([&] { engine->Load(entry); }), ErrorCode::kProcessingFailed);
  const TestFolder folder;
  entry.path = folder / "missing.xml";
  EXPECT_EQ(CodeOf([&] { engine->Load(entry); }), ErrorCode::kProcessingFailed);
  std::ofstream(entry.path) << "no model at all";
  try {
    engine->Load(entry);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kProcessingFailed);
    EXPECT_NE(std::string(error.what()).find("fcpe"), std::string::npos);
  }
}

}  // namespace
}  // namespace stemscribe::nn
