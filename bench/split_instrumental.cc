// split_instrumental SPLITTER INPUT OUTPUT_DIR …: what a splitter makes of instrumentals that are
// given, for training/evaluate.py. SPLITTER is blend, net, dsp, or an .xml (models/ir.py) in the
// place of net's. Writes drums.wav, bass.wav and other.wav into the folder after each input.

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "audio/decoder.h"
#include "audio/encoder.h"
#include "nn/manifest.h"
#include "nn/model.h"
#include "stages/separation/net_splitter.h"
#include "stages/separation/separator.h"
#include "stages/separation/stem_separator.h"
#include "stages/separation/vocal_masker.h"

namespace stemscribe::separation {
namespace {

namespace fs = std::filesystem;

/// Stands for the nets of vocals and accompaniment when there is no voice.
class ConstantNet : public nn::Model {
 public:
  explicit ConstantNet(float value) : value_(value) {}
  std::vector<nn::Tensor> Run(std::span<const nn::TensorView> inputs) override {
    return {{inputs[0].shape, std::vector<float>(inputs[0].data.size(), value_)}};
  }
  std::string engine() const override { return "none"; }

 private:
  const float value_;
};

std::unique_ptr<InstrumentalSplitter> Load(const std::string& splitter, nn::Engine& engine) {
  const auto manifest = nn::Manifest::Load(nn::FindModelsDir());
  const SeparatorParams params;
  if (!fs::is_regular_file(splitter)) {
    return MakeSplitter(manifest, engine, {.splitter = ParseSplitter(splitter)});
  }
  nn::ModelEntry entry = manifest.Find("splitter");
  entry.path = splitter;
  return std::make_unique<NetSplitter>(engine.Load(entry), splitter, params.overlap_frames);
}

void Split(Separator& separator, const fs::path& song, const fs::path& folder) {
  fs::create_directories(folder);
  std::vector<std::pair<Stem, audio::Encoder>> files;
  for (const Stem stem : {kDrums, kBass, kOther}) {
    files.emplace_back(
        stem,
        audio::Encoder(folder / (std::string(kStemNames[stem]) + ".wav"),
                       {.format = audio::Format::kWav, .rate_hz = kRateHz, .num_channels = 2}));
  }
  const StemSink write = [&](StemBlock&& stems) {
    for (auto& [stem, file] : files) file.Write(stems[stem]);
  };
  audio::Decoder decoder(song, {.rate_hz = kRateHz, .num_channels = 2});
  for (audio::AudioBuffer block; decoder.Read(block);) separator.Push(block, write);
  separator.Finish(write);
  for (auto& [stem, file] : files) file.Close();
}

int Run(int argc, char** argv) {
  if (argc < 4 || argc % 2 != 0) {
    fmt::print(stderr, "usage: split_instrumental SPLITTER INPUT OUTPUT_DIR …\n");
    return 2;
  }
  const auto engine = nn::MakeOpenVinoEngine({});
  constexpr float kNoVoice = 0;
  constexpr float kAll = 1;
  StemSeparator separator(std::make_unique<VocalMasker>(std::make_unique<ConstantNet>(kNoVoice),
                                                        std::make_unique<ConstantNet>(kAll), 0),
                          Load(argv[1], *engine), {.extend_mask = false, .with_voice = false},
                          "none");
  for (int i = 2; i < argc; i += 2) Split(separator, argv[i], argv[i + 1]);
  return 0;
}

}  // namespace
}  // namespace stemscribe::separation

int main(int argc, char** argv) {
  try {
    return stemscribe::separation::Run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
