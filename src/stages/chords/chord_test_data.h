// Golden data and signals for the tests of this folder.
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "nn/manifest.h"
#include "nn/model.h"
#include "stages/chords/chord_recognizer.h"

namespace stemscribe::chords {

inline std::filesystem::path GoldenPath(const std::string& name) {
  return std::filesystem::path(STEMSCRIBE_SOURCE_DIR) / "tests/parity/golden" / name;
}

/// Little-endian float32.
inline std::vector<float> GoldenFloats(const std::string& name) {
  std::vector<float> values(std::filesystem::file_size(GoldenPath(name)) / sizeof(float));
  std::ifstream file(GoldenPath(name), std::ios::binary);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): raw floats are what the file holds
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

inline std::vector<std::string> GoldenLines(const std::string& name) {
  std::ifstream file(GoldenPath(name));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

inline const nn::Manifest& Models() {
  static const nn::Manifest manifest = nn::Manifest::Load(nn::FindModelsDir());
  return manifest;
}

inline SampleReader ReaderOf(std::span<const float> song) {
  return [song](int64_t offset, std::span<float> out) {
    const auto rest = song.subspan(static_cast<size_t>(offset));
    const size_t count = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), count, out.begin());
    return count;
  };
}

/// Struck chords like an organ's with a bass an octave or two below, `seconds` each, everything
/// `cents` from A = 440 Hz.
inline std::vector<float> PlayChords(const std::vector<std::vector<int>>& chords, double seconds,
                                     double cents = 0) {
  std::vector<float> song;
  for (const auto& midi_notes : chords) {
    const size_t start = song.size();
    song.resize(start + static_cast<size_t>(seconds * kRateHz));
    for (const int midi : midi_notes) {
      const double radians =
          2 * std::numbers::pi * 440 * std::exp2((midi - 69 + cents / 100) / 12) / kRateHz;
      for (size_t n = start; n < song.size(); ++n) {
        const double t = static_cast<double>(n - start);
        const double strike = 0.3 + 0.7 * std::exp(-std::fmod(t / kRateHz, 0.5) * 4);
        double sum = 0;
        for (int h = 1; h <= 6; ++h) sum += std::sin(h * radians * t) / (h * h);
        song[n] += static_cast<float>(0.1 * strike * sum);
      }
    }
  }
  return song;
}

}  // namespace stemscribe::chords
