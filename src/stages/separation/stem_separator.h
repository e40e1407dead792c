// The separator: analysis, the vocals' masks, the splitter, and synthesis of stems that add up.
#pragma once

#include <array>
#include <complex>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dsp/stft.h"
#include "stages/separation/separator.h"
#include "stages/separation/spectrogram.h"
#include "stages/separation/splitter.h"
#include "stages/separation/vocal_masker.h"
#include "stages/separation/wiener_filter.h"

namespace stemscribe::separation {

/// Holds about one segment of the nets (12 s). Not thread-safe.
class StemSeparator : public Separator {
 public:
  /// Of `params` what is not of the nets. `vocals_name`: the model behind `masker`, for engines().
  StemSeparator(std::unique_ptr<VocalMasker> masker, std::unique_ptr<InstrumentalSplitter> splitter,
                const SeparatorParams& params, const std::string& vocals_name);

  void Push(const audio::AudioBuffer& block, const StemSink& sink) override;
  void Finish(const StemSink& sink) override;
  std::array<std::string, kNumStems> engines() const override;

 private:
  static constexpr size_t kMasked = 4;  // vocals, drums, bass, voice; the rest is subtraction

  struct Channel {
    Channel();
    dsp::StftAnalyzer analyzer;
    std::array<dsp::StftSynthesizer, kMasked> synthesizers;
    std::vector<float> mix;                          // samples that are not delivered yet
    std::vector<std::complex<float>> spectra;        // frames that are not synthesised yet
    std::array<std::vector<float>, kMasked> masked;  // samples that are not delivered yet
  };

  void Analyze(const audio::AudioBuffer& block, size_t start, size_t count);
  void MaskVocals();
  void SplitAndDeliver(const StemSink& sink);
  void Split(size_t count, const StemSink& sink);
  void Take(const SplitMask& mask, const StemSink& sink);
  MaskedFrames Frames(size_t first, size_t count);
  void Learn(size_t count);
  void Synthesize(size_t count);
  void SynthesizeChannel(size_t channel, const MaskedFrames& frames);
  void Deliver(const StemSink& sink);
  void DropDone();
  void VocalMask(size_t frame, size_t channel, std::span<float> mask) const;

  const std::unique_ptr<VocalMasker> masker_;
  const std::unique_ptr<InstrumentalSplitter> splitter_;
  const bool extend_mask_;
  const bool filter_stems_;
  const size_t num_masked_;  // kMasked, or without the voice
  const std::string vocals_name_;
  std::array<Channel, kChannels> channels_;
  WienerFilter filter_;
  size_t num_samples_ = 0;  // of the song so far
  // Frames are counted from the first of Channel::spectra.
  size_t num_analysed_ = 0;        // seen by the nets
  size_t num_split_ = 0;           // seen by the splitter
  size_t num_learnt_ = 0;          // seen by the filter
  size_t num_synthesized_ = 0;     // done
  size_t num_delivered_ = 0;       // samples, from the first of Channel::mix
  std::vector<float> net_masks_;   // of VocalMasker
  SplitMasks split_masks_;         // from frame num_synthesized_ on
  std::vector<float> magnitudes_;  // scratch, as all below
  std::vector<float> vocal_masks_;
  StemSpectra stems_;
};

}  // namespace stemscribe::separation
