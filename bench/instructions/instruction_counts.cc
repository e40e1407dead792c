// Runs one of the inner loops on fixed input: `instruction_counts NAME`. Valgrind counts what
// happens within Measured(); check.py compares that with counts.json.

#include <unistd.h>
#include <complex>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "audio/encoder.h"
#include "audio/resampler.h"
#include "dsp/cqt.h"
#include "dsp/median.h"
#include "dsp/mel.h"
#include "dsp/stft.h"

namespace {

using stemscribe::audio::AudioBuffer;

constexpr size_t kSamples = 3 * 44100;

std::vector<float> Noise(size_t num_samples) {
  std::mt19937 random(1);
  std::vector<float> noise(num_samples);
  for (float& sample : noise) sample = static_cast<float>(random()) * 0x1p-32F - 0.5F;
  return noise;
}

using Work = std::function<void()>;

Work Stft() {
  return [noise = Noise(kSamples)] {
    const stemscribe::dsp::StftShape shape;
    stemscribe::dsp::StftAnalyzer analyzer(shape);
    stemscribe::dsp::StftSynthesizer synthesizer(shape);
    std::vector<std::complex<float>> frames;
    analyzer.Push(noise, frames);
    analyzer.Finish(frames);
    std::vector<float> samples;
    for (size_t at = 0; at < frames.size(); at += shape.num_bins()) {
      synthesizer.Push(std::span(frames).subspan(at, shape.num_bins()), samples);
    }
    synthesizer.Finish(noise.size(), samples);
  };
}

Work Cqt() {
  constexpr size_t kFrames = 64;
  return [noise = Noise(stemscribe::dsp::HybridCqt::NumSamples(kFrames))] {
    stemscribe::dsp::HybridCqt cqt({.min_hz = 32.7, .first_bin = 0, .num_bins = 252});
    std::vector<float> bins(kFrames * cqt.num_bins());
    cqt.Transform(noise, kFrames, bins);
  };
}

Work Mel() {
  return [noise = Noise(513)] {
    const stemscribe::dsp::MelFilterbank filters(16000, 1024, 128, 0, 8000);
    std::vector<float> bands(128);
    for (int frame = 0; frame < 300; ++frame) filters.Apply(noise, bands);
  };
}

/// The medians over time that the masks of drums and harmony are made from.
Work Mask() {
  constexpr size_t kBins = 2049;
  return [noise = Noise(kBins * 17)] {
    std::vector<const float*> rows;
    for (size_t row = 0; row < 17; ++row) rows.push_back(noise.data() + row * kBins);
    std::vector<float> medians(kBins);
    for (int frame = 0; frame < 100; ++frame) stemscribe::dsp::MedianOfRows(rows, medians);
  };
}

Work Resample() {
  return [mono = AudioBuffer{44100, {Noise(kSamples)}}] {
    stemscribe::audio::Resampler resampler(44100, 16000, 1);
    resampler.Push(mono);
    resampler.Flush();
  };
}

Work Mp3() {
  return [stereo = AudioBuffer{44100, {Noise(kSamples), Noise(kSamples)}}] {
    const auto path = std::filesystem::temp_directory_path() /
                      ("instruction-counts-" + std::to_string(getpid()) + ".mp3");
    {
      stemscribe::audio::Encoder encoder(path, {});
      encoder.Write(stereo);
      encoder.Close();
    }
    std::filesystem::remove(path);
  };
}

}  // namespace

// The name that Valgrind is told; nothing may be folded into it or out of it.
extern "C" __attribute__((noinline, used)) void Measured(const Work& work) { work(); }

int main(int argc, char** argv) {
  const std::map<std::string, Work (*)()> loops = {{"stft", Stft}, {"cqt", Cqt},
                                                   {"mel", Mel},   {"mask", Mask},
                                                   {"mp3", Mp3},   {"resample", Resample}};
  const auto loop = loops.find(argc == 2 ? argv[1] : "");
  if (loop == loops.end()) {
    for (const auto& [name, make] : loops) std::puts(name.c_str());
    return argc == 1 ? 0 : 2;
  }
  Measured(loop->second());
  return 0;
}
