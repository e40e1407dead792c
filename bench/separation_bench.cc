// The separator on noise: time for a minute of audio, and memory for any length.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <string>

#include "stages/separation/separator.h"

namespace stemscribe::separation {
namespace {

audio::AudioBuffer OneSecondOfNoise() {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-0.5F, 0.5F);
  auto noise = audio::AudioBuffer::Zeros(kRateHz, 2, kRateHz);
  for (auto& channel : noise.channels) {
    for (float& sample : channel) sample = uniform(random);
  }
  return noise;
}

// Of this process now, from Linux.
double ResidentMegabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    double kilobytes = 0;
    status >> kilobytes;
    return kilobytes / 1024;
  }
  return 0;
}

// Arguments: threads of the nets, minutes of audio.
void Separate(benchmark::State& state) {
  const auto engine = nn::MakeOpenVinoEngine({.num_threads = static_cast<int>(state.range(0))});
  const auto separator = MakeSeparator(nn::Manifest::Load(nn::FindModelsDir()), *engine, {});
  const audio::AudioBuffer second = OneSecondOfNoise();
  double most_megabytes = 0;
  const StemSink measure = [&](StemBlock&& stems) {
    benchmark::DoNotOptimize(stems);
    most_megabytes = std::max(most_megabytes, ResidentMegabytes());
  };
  for (auto _ : state) {
    for (int64_t i = 0; i < 60 * state.range(1); ++i) separator->Push(second, measure);
    separator->Finish(measure);
  }
  state.counters["resident_MB"] = most_megabytes;
  state.counters["seconds_per_minute"] =
      benchmark::Counter(static_cast<double>(state.range(1) * state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK(Separate)
    ->ArgNames({"threads", "minutes"})
    ->Args({1, 1})
    ->Args({2, 1})
    ->Args({2, 30})
    ->Unit(benchmark::kSecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace stemscribe::separation
